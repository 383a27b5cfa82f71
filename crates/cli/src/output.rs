//! Where a command writes: lines for people, or JSON for programs.

use serde_json::Value;
use std::{
    fmt::{self, Display, Write as _},
    io::{self, Write},
    time::{Duration, UNIX_EPOCH},
};

/// Numbers outside are no moments of a chain: from 2001 on, as far as dates have four digits.
const MOMENT_MS_MIN: u64 = 1_000_000_000_000;
const MOMENT_MS_MAX: u64 = 253_402_300_800_000;

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// People: words and indented fields.
    Human,
    /// Programs: one JSON value per line.
    Json,
}

/// The two streams of a command and the format of the first.
///
/// What a command was asked for goes to the standard output. What happens meanwhile goes there too when people read it,
/// and to the standard error when programs do, so that their input is nothing but JSON.
pub struct Output {
    format: Format,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Output {
    /// The streams of the process.
    #[must_use]
    pub fn of_process(format: Format) -> Self {
        Self::new(format, Box::new(io::stdout()), Box::new(io::stderr()))
    }

    /// Two streams of the caller's choice.
    #[must_use]
    pub fn new(format: Format, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self { format, out, err }
    }

    /// Who reads.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Writes the result: one line of JSON, or a field per line.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn result(&mut self, value: &Value) -> io::Result<()> {
        match self.format {
            Format::Human => self.out.write_all(human(value).as_bytes())?,
            Format::Json => writeln!(self.out, "{value}")?,
        }
        self.out.flush()
    }

    /// Writes text as it is: a file that was asked for.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes a line about what happens.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn progress(&mut self, line: impl Display) -> io::Result<()> {
        let line = printable(&line.to_string());
        match self.format {
            Format::Human => {
                writeln!(self.out, "{line}")?;
                self.out.flush()
            }
            Format::Json => writeln!(self.err, "{line}"),
        }
    }

    /// Writes why the command failed: a sentence, or a JSON object with it and the exit code.
    ///
    /// # Errors
    /// If the stream cannot be written.
    pub fn failure(&mut self, message: &str, exit: u8) -> io::Result<()> {
        match self.format {
            Format::Human => writeln!(self.err, "error: {}", printable(message)),
            Format::Json => writeln!(self.err, "{}", serde_json::json!({ "error": message, "exit": exit })),
        }
    }
}

/// `value` as indented lines of `name  value`.
#[must_use]
pub fn human(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(_) | Value::Array(_) => lines(&mut text, value, 0),
        scalar => text.extend([scalar_text(scalar).as_str(), "\n"]),
    }
    text
}

fn lines(text: &mut String, value: &Value, indent: usize) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(fields) => {
            // What fits on a line first: so the whole is seen before the parts.
            let (nested, scalars): (Vec<_>, Vec<_>) = fields.iter().partition(|(_, field)| is_nested(field));
            let width = scalars.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            for (name, field) in scalars {
                let date = date(name, field).map_or_else(String::new, |date| format!("  ({date})"));
                let _ = writeln!(text, "{pad}{name:width$}  {}{date}", scalar_text(field));
            }
            for (name, field) in nested {
                let _ = writeln!(text, "{pad}{name}");
                lines(text, field, indent.saturating_add(2));
            }
        }
        Value::Array(items) => {
            for item in items {
                if is_nested(item) {
                    let mut nested = String::new();
                    lines(&mut nested, item, indent.saturating_add(2));
                    // The dash stands in the margin of the first line.
                    let _ = write!(text, "{pad}- {}", nested.trim_start());
                } else {
                    let _ = writeln!(text, "{pad}- {}", scalar_text(item));
                }
            }
        }
        scalar => {
            let _ = writeln!(text, "{pad}{}", scalar_text(scalar));
        }
    }
}

fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn scalar_text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => printable(text),
        Value::Object(_) | Value::Array(_) => "none".to_owned(),
        other => other.to_string(),
    }
}

/// The date that a moment stands for: a field in milliseconds since 1970, known by its name.
fn date(name: &str, value: &Value) -> Option<String> {
    let is_moment = name == "time" || name == "deadline" || name.ends_with("_at") || name.ends_with("_until");
    let moment = value.as_u64().filter(|ms| is_moment && (MOMENT_MS_MIN..MOMENT_MS_MAX).contains(ms))?;
    Some(httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_millis(moment)))
}

/// `text` without control characters: what a node answers must not steer the terminal.
fn printable(text: &str) -> String {
    let keep = |c: char| !c.is_control() || c == '\n';
    text.chars().map(|c| if keep(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}
