// Reader reads what this ledger hands to auditors with the code that the C2SP formats were made from: the packages
// tlog and note of the Go checksum database. It shares nothing with the ledger, nor with the verifier in the packs.
//
//	reader pack FOLDER KEY...      a pack of proof: FOLDER/log is a tlog-tiles log
//	reader receipt FILE KEY...     a receipt: a tlog-proof
//
// Keys are those of the log, and of witnesses (cosignature/v1). What is in order is told line by line; the first thing
// that is not ends it, with status 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight    = 8
	tileWidth     = 1 << tileHeight
	cosignature   = 4 // the algorithm byte of C2SP tlog-cosignature
	proofHeading  = "c2sp.org/tlog-proof@v1\n"
	extraHeading  = "extra "
	indexHeading  = "index "
	proofsTried   = 64 // how many inclusion proofs are tried, spread over the log
	tilesLocation = "tile/8/"
)

func main() {
	if len(os.Args) < 4 {
		fail(errors.New("usage: reader pack FOLDER KEY... | reader receipt FILE KEY..."))
	}
	keys, err := verifiers(os.Args[3:])
	fail(err)
	switch os.Args[1] {
	case "pack":
		fail(readPack(os.Args[2], keys))
	case "receipt":
		fail(readReceipt(os.Args[2], keys))
	default:
		fail(errors.New("pack or receipt?"))
	}
	fmt.Println("OK")
}

func fail(err error) {
	if err != nil {
		fmt.Println("NOT OK:", err)
		os.Exit(1)
	}
}

// A witness verifies a cosignature/v1: the instant, then an Ed25519 signature over it and the text.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, text)
	return ed25519.Verify(w.key, []byte(message), signature[8:])
}

func verifiers(texts []string) (note.Verifiers, error) {
	var found []note.Verifier
	for _, text := range texts {
		verifier, err := verifierOf(text)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", text, err)
		}
		found = append(found, verifier)
	}
	return note.VerifierList(found...), nil
}

func verifierOf(text string) (note.Verifier, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) == 3 {
		key, err := base64.StdEncoding.DecodeString(parts[2])
		if err == nil && len(key) == 1+ed25519.PublicKeySize && key[0] == cosignature {
			sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
			hash := binary.BigEndian.Uint32(sum[:])
			if fmt.Sprintf("%08x", hash) != parts[1] {
				return nil, errors.New("it is not what its identifier says")
			}
			return witness{parts[0], hash, key[1:]}, nil
		}
	}
	return note.NewVerifier(text)
}

// A checkpoint is what a log says of itself.
type checkpoint struct {
	origin string
	tree   tlog.Tree
	by     []string
}

func openCheckpoint(content []byte, keys note.Verifiers) (checkpoint, error) {
	opened, err := note.Open(content, keys)
	if err != nil {
		return checkpoint{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return checkpoint{}, errors.New("not a checkpoint of three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, errors.New("not a checkpoint: its size")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	found := checkpoint{origin: lines[0], tree: tlog.Tree{N: size, Hash: root}}
	for _, signature := range opened.Sigs {
		found.by = append(found.by, signature.Name)
	}
	if !contains(found.by, found.origin) {
		return checkpoint{}, fmt.Errorf("a checkpoint of %s is not signed by it", found.origin)
	}
	return found, nil
}

func contains(names []string, wanted string) bool {
	for _, name := range names {
		if name == wanted {
			return true
		}
	}
	return false
}

// Files gives the tiles of a folder to tlog, which trusts none before it has led it to the root.
type files struct{ folder string }

func (f files) Height() int                     { return tileHeight }
func (f files) SaveTiles([]tlog.Tile, [][]byte) {}
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		// The checksum database puts the height into the path, tlog-tiles doesn't.
		place := "tile/" + strings.TrimPrefix(tile.Path(), tilesLocation)
		content, err := os.ReadFile(filepath.Join(f.folder, filepath.FromSlash(place)))
		if err != nil {
			return nil, err
		}
		if len(content) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has another length than a tile of %d hashes", place, tile.W)
		}
		found = append(found, content)
	}
	return found, nil
}

func readPack(folder string, keys note.Verifiers) error {
	log := filepath.Join(folder, "log")
	content, err := os.ReadFile(filepath.Join(log, "checkpoint"))
	if err != nil {
		return err
	}
	last, err := openCheckpoint(content, keys)
	if err != nil {
		return fmt.Errorf("log/checkpoint: %w", err)
	}
	fmt.Printf("checkpoint of %s: %d records, signed by %s\n", last.origin, last.tree.N, strings.Join(last.by, ", "))
	hashes := tlog.TileHashReader(last.tree, files{log})
	if err := readEntries(log, last.tree, hashes); err != nil {
		return err
	}
	if err := proveSome(last.tree, hashes); err != nil {
		return err
	}
	return readCheckpoints(filepath.Join(folder, "checkpoints"), last, hashes, keys)
}

// readEntries hashes every entry again, and compares it with the leaf that the root stands for.
func readEntries(log string, tree tlog.Tree, hashes tlog.HashReader) error {
	here, absent := 0, 0
	for first := int64(0); first < tree.N; first += tileWidth {
		tile := tlog.Tile{H: tileHeight, L: 0, N: first / tileWidth, W: tileWidth}
		if tree.N-first < tileWidth {
			tile.W = int(tree.N - first)
		}
		place := "tile/entries/" + strings.TrimPrefix(tile.Path(), tilesLocation+"0/")
		content, err := os.ReadFile(filepath.Join(log, filepath.FromSlash(place)))
		if err != nil {
			return err
		}
		entries, err := entriesOf(content, tile.W)
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		indexes := make([]int64, tile.W)
		for number := range indexes {
			indexes[number] = tlog.StoredHashIndex(0, first+int64(number))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for number, entry := range entries {
			if len(entry) == 0 { // pruned, or left out: the leaf alone stands for it
				absent++
			} else if tlog.RecordHash(entry) != leaves[number] {
				return fmt.Errorf("record %d is not the one whose hash is in the tree", first+int64(number)+1)
			} else {
				here++
			}
		}
	}
	fmt.Printf("%d records hash to their leaves; %d are not here\n", here, absent)
	return nil
}

func entriesOf(bundle []byte, count int) ([][]byte, error) {
	var found [][]byte
	for len(found) < count {
		if len(bundle) < 2 {
			return nil, errors.New("a bundle that ends too early")
		}
		size := int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < 2+size {
			return nil, errors.New("a bundle that ends within an entry")
		}
		found = append(found, bundle[2:2+size])
		bundle = bundle[2+size:]
	}
	if len(bundle) > 0 {
		return nil, errors.New("a bundle with more than its entries")
	}
	return found, nil
}

func proveSome(tree tlog.Tree, hashes tlog.HashReader) error {
	step := tree.N/proofsTried + 1
	tried := 0
	for index := int64(0); index < tree.N; index += step {
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			return err
		}
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf[0]); err != nil {
			return err
		}
		tried++
	}
	fmt.Printf("%d records proved to be in the tree\n", tried)
	return nil
}

// readCheckpoints proves of every earlier checkpoint, of every origin, that the last one goes on from it.
func readCheckpoints(folder string, last checkpoint, hashes tlog.HashReader, keys note.Verifiers) error {
	count := 0
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		earlier, err := openCheckpoint(content, keys)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		proof, err := tlog.ProveTree(last.tree.N, earlier.tree.N, hashes)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		if err := tlog.CheckTree(proof, last.tree.N, last.tree.Hash, earlier.tree.N, earlier.tree.Hash); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		count++
		return nil
	})
	fmt.Printf("%d checkpoints that this log goes on from\n", count)
	return err
}

func readReceipt(path string, keys note.Verifiers) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, signed, found := bytes.Cut(content, []byte("\n\n"))
	text := strings.TrimPrefix(string(head)+"\n", proofHeading)
	if !found || len(text) == len(head)+1 {
		return errors.New("not a tlog-proof")
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if !strings.HasPrefix(lines[0], extraHeading) || len(lines) < 2 || !strings.HasPrefix(lines[1], indexHeading) {
		return errors.New("not a tlog-proof with the record itself and its index")
	}
	record, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[0], extraHeading))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], indexHeading), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	about, err := openCheckpoint(signed, keys)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, about.tree.N, about.tree.Hash, index, tlog.RecordHash(record)); err != nil {
		return err
	}
	fmt.Printf("record %d of %d of %s, signed by %s\n", index+1, about.tree.N, about.origin, strings.Join(about.by, ", "))
	return nil
}
