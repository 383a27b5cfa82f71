//! Small trees of RFC 6962 that are made at once.

use epione_types::{Frontier, Hash};

/// The tree hash of these leaves.
pub(crate) fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(*leaf);
    }
    frontier.root()
}

/// The inclusion proof of the leaf at `index`, from the leaf up; nothing if there is none.
///
/// # Source
/// RFC 9162 §2.1.3.1.
pub(crate) fn path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    leaves.get(index)?;
    let (mut part, mut at, mut path) = (leaves, index, Vec::new());
    while part.len() > 1 {
        // The left part has the largest power of two below the number of leaves.
        let middle = part.len().next_power_of_two() >> 1;
        let (left, right) = part.split_at_checked(middle)?;
        if at < middle {
            path.push(root(right));
            part = left;
        } else {
            path.push(root(left));
            (part, at) = (right, at.checked_sub(middle)?);
        }
    }
    path.reverse();
    Some(path)
}
