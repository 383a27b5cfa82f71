//! What people read and what programs read.

use crate::{Format, Output, human};
use serde_json::json;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

/// A stream that keeps what is written.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn written(format: Format) -> (String, String) {
    let (out, err) = (Kept::default(), Kept::default());
    let mut output = Output::new(format, Box::new(out.clone()), Box::new(err.clone()));
    output.progress("on the way").unwrap();
    output.result(&json!({ "id": "tx1", "list": [1, 2] })).unwrap();
    output.failure("it \"broke\"", 4).unwrap();
    (out.text(), err.text())
}

#[test]
fn programs_read_nothing_but_json_on_the_standard_output() {
    let (out, err) = written(Format::Json);
    assert_eq!(out, "{\"id\":\"tx1\",\"list\":[1,2]}\n");
    assert_eq!(err, "on the way\n{\"error\":\"it \\\"broke\\\"\",\"exit\":4}\n");
}

#[test]
fn people_read_lines() {
    let (out, err) = written(Format::Human);
    assert_eq!(out, "on the way\nid  tx1\nlist\n  - 1\n  - 2\n");
    assert_eq!(err, "error: it \"broke\"\n");
}

#[test]
fn what_fits_on_a_line_comes_first() {
    let value = json!({ "a": [{ "b": { "c": 1 }, "d": "e" }], "height": 3, "none": null, "empty": [] });
    assert_eq!(human(&value), "empty   none\nheight  3\nnone    –\na\n  - d  e\n    b\n      c  1\n");
    assert_eq!(human(&json!("alone")), "alone\n");
}

#[test]
fn moments_are_dates_to_people() {
    let value = json!({ "committed_at": 1_800_000_000_000_u64, "height": 1_800_000_000_000_u64, "time": 0 });
    let date = "Fri, 15 Jan 2027 08:00:00 GMT";
    assert_eq!(
        human(&value),
        format!("committed_at  1800000000000  ({date})\nheight        1800000000000\ntime          0\n")
    );
    assert!(human(&json!({ "time": u64::MAX })).len() < 40);
}

#[test]
fn what_a_node_says_does_not_steer_the_terminal() {
    assert_eq!(human(&json!({ "name": "\u{1b}[2Jgone\u{7}" })), "name  \u{fffd}[2Jgone\u{fffd}\n");
}
