//! The event stream, in whatever pieces it comes.

use crate::client::Parser;

const STREAM: &str = ": welcome\n\nid: 3\nevent: notary.committed\ndata: {\"a\":1}\n\n: alive\n\ndata: one\r\ndata: two\r\n\r\ndata:x\r\r";

#[test]
fn the_pieces_do_not_matter() {
    for size in 1..STREAM.len() {
        let mut parser = Parser::default();
        for piece in STREAM.as_bytes().chunks(size) {
            parser.push(piece).unwrap();
        }
        assert_eq!(parser.events, ["{\"a\":1}", "one\ntwo", "x"], "in pieces of {size}");
    }
}

#[test]
fn an_unfinished_event_is_none() {
    let mut parser = Parser::default();
    parser.push(b"data: half\n").unwrap();
    assert!(parser.events.is_empty());
}

#[test]
fn a_stream_without_end_of_line_has_an_end() {
    let mut parser = Parser::default();
    let piece = [b'a'; 64 * 1024];
    let refused = (0..100).find_map(|_| parser.push(&piece).err());
    assert!(refused.unwrap().contains("longer than"));
    let mut parser = Parser::default();
    let line = [b"data: ".as_slice(), &[b'a'; 1000], b"\n"].concat();
    let refused = (0..10_000).find_map(|_| parser.push(&line).err());
    assert!(refused.unwrap().contains("longer than"));
    assert!(Parser::default().push(&[0xff, b'\n']).is_err());
}
