#!/usr/bin/env python3
"""Verifies a receipt of an Epione ledger: verify_receipt.py RECEIPT GENESIS

Python 3.11 and the package `cryptography`. The wire form is that of docs/receipts.md. The chain's identifier, the length of
epochs and the founding validators are taken from the genesis file as they stand there; `epione genesis show` computes the
identifier again from the contents.
"""

import hashlib
import json
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Fault(Exception):
    """Why a receipt proves nothing."""


def need(holds, why):
    if not holds:
        raise Fault(why)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def domain_hash(domain, data):
    return sha256(bytes([len(domain)]), domain, data)


def bech32m(text, prefix):
    """The bytes of an identifier such as chain1... or edk1... (BIP-350)."""
    head, _, tail = text.rpartition("1")
    values = ["qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(c) for c in tail]
    check = 1
    for value in [ord(c) >> 5 for c in head] + [0] + [ord(c) & 31 for c in head] + values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= term if top >> bit & 1 else 0
    need(head == prefix and check == 0x2BC830A3, f"{text} is not an identifier that begins with {prefix}1")
    bits = sum(value << 5 * place for place, value in enumerate(reversed(values[:-6])))
    return (bits >> len(values[:-6]) * 5 % 8).to_bytes(len(values[:-6]) * 5 // 8, "big")


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "the receipt is too short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form):
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def optional(self, read):
        tag = self.number("B")
        need(tag < 2, "an optional value begins with neither 0 nor 1")
        return read() if tag else None

    def items(self, most, read):
        count = self.number("I")
        need(count <= most, f"{count} elements are above {most}")
        return [read() for _ in range(count)]

    def key(self):
        need(self.number("B") == 0, "a key is not one of Ed25519")
        return self.take(32)

    def stem(self):
        names = ("state_format", "view", "parent_view", "proposer", "height", "time")
        stem = dict(zip(names, struct.unpack("<HQQBQQ", self.take(35))))
        stem |= {name: self.take(32) for name in ("parent", "tx_root", "event_root")}
        stem["event_size"] = self.number("Q")
        return stem | {"state_root": self.take(32), "ops_root": self.take(32), "ops_range": self.take(16)}

    def certificate(self):
        views = self.optional(lambda: (self.number("Q"), self.number("Q")))
        return views, self.items(100, lambda: (self.number("B"), self.take(64)))

    def link(self):
        return self.stem(), self.certificate(), self.items(100, self.key)


def committee_hash(keys):
    return domain_hash(b"epione/committee/1", struct.pack("<I", len(keys)) + b"".join(b"\0" + key for key in keys))


def varint(number):
    low = bytes([number & 127 | (128 if number > 127 else 0)])
    return low + varint(number >> 7) if number > 127 else low


def check_block(chain, epoch, keys, stem, next_hash, certificate):
    """Rebuilds the header, checks a quorum of votes for it, and returns its hash."""
    views, votes = certificate
    need(stem["proposer"] < len(keys), "the proposer is no validator")
    own = stem["view"], stem["parent_view"]
    header = struct.pack("<HH", 1, stem["state_format"]) + chain + struct.pack("<QQQ", epoch, *own)
    header += b"\0" + keys[stem["proposer"]] + struct.pack("<QQ", stem["height"], stem["time"]) + stem["parent"]
    header += committee_hash(keys) + (b"\1" + next_hash if next_hash else b"\0") + stem["tx_root"]
    header += stem["event_root"] + struct.pack("<Q", stem["event_size"])
    block = sha256(header, stem["state_root"], stem["ops_root"], stem["ops_range"])
    need(views != own, "the votes repeat the round of the header")
    need(len(votes) == len(keys) - (len(keys) - 1) // 3, "the votes are not exactly a quorum")
    voters = [voter for voter, _ in votes]
    need(voters == sorted(set(voters)) and voters[-1] < len(keys), "the votes are out of order")
    namespace = b"epione/consensus/1" + chain + b"_FINALIZE"
    message = varint(len(namespace)) + namespace + b"".join(map(varint, (epoch, *(views or own)))) + block
    for voter, signature in votes:
        try:
            Ed25519PublicKey.from_public_bytes(keys[voter]).verify(signature, message)
        except InvalidSignature:
            raise Fault(f"the vote of validator {voter} on block {stem['height']} does not verify") from None
    return block


def inclusion_root(leaf, index, size, path):
    """RFC 9162, 2.1.3.2."""
    need(index < size, "the event is outside the tree")
    at, last, node = index, size - 1, leaf
    for sibling in path:
        need(last > 0, "the path is too long")
        if at & 1 or at == last:
            node = sha256(b"\1", sibling, node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = sha256(b"\1", node, sibling)
        at, last = at >> 1, last >> 1
    need(last == 0, "the path is too short")
    return node


def verify(data, genesis):
    founders = [member for member in genesis["modules"]["network"]["members"] if member["role"] == "validator"]
    keys = sorted(bech32m(member["keys"]["vote"], "edk") for member in founders)
    chain, epoch_blocks, since, changes = bech32m(genesis["chain"], "chain"), genesis["epoch_blocks"], 0, 0
    reader = Reader(data)
    need(reader.take(8) == b"epioneR\1", "this is no receipt of version 1")
    need(reader.take(32) == chain, "the receipt is one of another chain")
    for stem, certificate, successors in reader.items(65535, reader.link):
        epoch, place = divmod(stem["height"], epoch_blocks)
        need(place == epoch_blocks - 1 and epoch >= since, "the validators change with the last block of an epoch, in order")
        need(successors and successors == sorted(set(successors)) and successors != keys, "a change names wrong keys")
        check_block(chain, epoch, keys, stem, committee_hash(successors), certificate)
        keys, since, changes = successors, epoch + 1, changes + 1
    stem, next_hash, certificate = reader.stem(), reader.optional(lambda: reader.take(32)), reader.certificate()
    index, size, path = reader.number("Q"), reader.number("Q"), reader.items(64, lambda: reader.take(32))
    entry = reader.data[reader.at :]
    need(size == stem["event_size"], "the tree is not that of the block")
    need(inclusion_root(sha256(b"\0", entry), index, size, path) == stem["event_root"], "the event is not in the tree")
    epoch = stem["height"] // epoch_blocks
    need(epoch >= since, "the block is from before its validators took office")
    block = check_block(chain, epoch, keys, stem, next_hash, certificate)
    return {"position": index, "events": size, "height": stem["height"], "time": stem["time"], "block": block.hex(),
            "validators": len(keys), "changes": changes, "event": entry.hex()}


def main(receipt, genesis):
    with open(receipt, "rb") as file, open(genesis, encoding="utf-8") as text:
        proved = verify(file.read(), json.load(text))
    print(json.dumps(proved))
    print("assumed: the genesis file is that of the chain it names, and fewer than a third of the keys of every committee "
          "since then, old ones included, signed what is false; who holds more than two thirds of the keys of a former "
          "committee can leave out later changes of the validators, too: where that matters, compare the block's hash "
          f"{proved['block']} with that of a node you trust", file=sys.stderr)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Fault as fault:
        sys.exit(f"the receipt proves nothing: {fault}")
