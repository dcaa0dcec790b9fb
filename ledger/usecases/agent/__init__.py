"""What is asked about agents: enrolment, undertaking of secrecy, trainings, roles, departure."""
