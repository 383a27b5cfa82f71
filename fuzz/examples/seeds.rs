//! Writes what fuzzing begins with: a good value of each kind and the examples of all modules, below `corpus/`.

#[path = "../../crates/modules/tests/decoders/good.rs"]
mod modules;
#[path = "../../crates/types/tests/decoders/good.rs"]
mod types;
#[path = "../../crates/verify/tests/decoders/good.rs"]
mod verify;

use epione_kernel::Dice;
use std::{fs, io, path::Path};

/// Streams of blocks are made from any bytes.
const STREAMS: u64 = 64;

fn main() -> io::Result<()> {
    let good = types::good().into_iter().chain(modules::good()).chain(verify::good()).collect::<Vec<_>>();
    for (place, (target, bytes)) in good.iter().enumerate() {
        write(target, place, bytes)?;
    }
    for place in 0..STREAMS {
        let mut dice = Dice::new(place);
        let bytes: Vec<u8> = (0..1 + place % 20).flat_map(|_| dice.bytes32()).collect();
        write("stream", usize::try_from(place).map_err(io::Error::other)?, &bytes)?;
    }
    Ok(())
}

fn write(target: &str, place: usize, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("seed-{place}")), bytes)
}
