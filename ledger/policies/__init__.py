"""Decisions as pure functions over plain values: may this be disclosed? is this mandate alive? for whom?"""
