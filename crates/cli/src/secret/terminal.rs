//! Asks on the terminal without showing what is typed.

use super::{SECRET_BYTES_MAX, SecretError};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::{
    fs::File,
    io::{self, Read as _, Write as _},
};
use zeroize::Zeroizing;

const TERMINAL: &str = "/dev/tty";
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: [u8; 2] = [0x08, 0x7f];
const ERASE_LINE: u8 = 0x15;

/// What is typed after the prompt; none if the process has no terminal.
pub(super) fn ask(prompt: &str) -> Result<Option<Zeroizing<String>>, SecretError> {
    let Ok(mut terminal) = File::options().read(true).write(true).open(TERMINAL) else { return Ok(None) };
    let silent = Silent::begin(&terminal).map_err(SecretError::Terminal)?;
    let typed = write!(terminal, "{prompt}: ").and_then(|()| typed(&mut terminal));
    drop(silent);
    let _ = writeln!(terminal);
    match typed {
        Ok(Some(text)) => Ok(Some(text)),
        Ok(None) => Err(SecretError::Declined),
        Err(error) => Err(SecretError::Terminal(error)),
    }
}

/// The bytes up to the end of the line; none if it was interrupted.
fn typed(terminal: &mut File) -> io::Result<Option<Zeroizing<String>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(SECRET_BYTES_MAX.saturating_add(1)));
    let mut byte = Zeroizing::new([0]);
    loop {
        if terminal.read(byte.as_mut_slice())? == 0 {
            return Ok(None);
        }
        match byte[0] {
            b'\n' | b'\r' => break,
            INTERRUPT | END => return Ok(None),
            ERASE_LINE => line.clear(),
            back if BACKSPACE.contains(&back) => erase_character(&mut line),
            // What is too long is refused as such afterwards.
            other if line.len() <= SECRET_BYTES_MAX => line.push(other),
            _ => {}
        }
    }
    let text = std::str::from_utf8(&line).map_err(|_bytes| io::Error::other("what was typed is not UTF-8"))?;
    let mut kept = Zeroizing::new(String::with_capacity(text.len()));
    kept.push_str(text);
    Ok(Some(kept))
}

/// Takes back the last character, which may have several bytes.
fn erase_character(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {}
}

/// The terminal shows nothing and hands over each byte, interrupts included, until this is dropped: whatever is typed, it
/// shows again what it showed before.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn begin(terminal: &File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        let terminal = terminal.try_clone()?;
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}
