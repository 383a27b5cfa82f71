//! The RFC 6962 tree against its definition.

use crate::{Frontier, Hash, TreeError, inclusion_root, leaf_hash, node_hash};

/// `MTH(D[n])` of RFC 6962 §2.1.
pub(super) fn tree_hash(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&tree_hash(left), &tree_hash(right))
        }
    }
}

/// `PATH(m, D[n])` of RFC 6962 §2.1.1.
pub(super) fn path(at: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    if at < split {
        [path(at, left), vec![tree_hash(right)]].concat()
    } else {
        [path(at - split, right), vec![tree_hash(left)]].concat()
    }
}

pub(super) fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_le_bytes())).collect()
}

#[test]
fn the_frontier_has_the_tree_hash() {
    let all = leaves(200);
    let mut frontier = Frontier::default();
    for count in 0..=200 {
        assert_eq!(frontier.root(), tree_hash(&all[..count]), "{count}");
        assert_eq!(frontier.size(), count as u64);
        let bytes = crate::encode(&frontier);
        assert_eq!(crate::decode::<Frontier>(&bytes, 4096).as_ref(), Ok(&frontier));
        if let Some(leaf) = all.get(count) {
            frontier.append(*leaf);
        }
    }
}

#[test]
fn inclusion_proofs_lead_to_the_root() {
    let all = leaves(70);
    for count in 1..=all.len() {
        let (leaves, root) = (&all[..count], tree_hash(&all[..count]));
        for at in 0..count {
            let (index, size, proof) = (at as u64, count as u64, path(at, leaves));
            assert_eq!(inclusion_root(leaves[at], index, size, &proof), Ok(root), "{at} of {count}");
            // Too short and too long.
            if let Some((_, shorter)) = proof.split_last() {
                assert_eq!(inclusion_root(leaves[at], index, size, shorter), Err(TreeError::Length));
            }
            let longer = [proof.clone(), vec![root]].concat();
            assert_eq!(inclusion_root(leaves[at], index, size, &longer), Err(TreeError::Length));
            // Another leaf, another place, and each hash of the path altered.
            assert_ne!(inclusion_root(leaf_hash(b"other"), index, size, &proof), Ok(root));
            if count > 1 {
                assert_ne!(inclusion_root(leaves[at], (index + 1) % size, size, &proof), Ok(root));
            }
            for altered in 0..proof.len() {
                let mut wrong = proof.clone();
                wrong[altered].0[0] ^= 1;
                assert_ne!(inclusion_root(leaves[at], index, size, &wrong), Ok(root));
            }
        }
        let outside = TreeError::Outside { index: count as u64, size: count as u64 };
        assert_eq!(inclusion_root(all[0], count as u64, count as u64, &[]), Err(outside));
    }
    assert_eq!(inclusion_root(all[0], 0, 0, &[]), Err(TreeError::Outside { index: 0, size: 0 }));
}

#[test]
fn the_largest_tree_does_not_overflow() {
    let path = vec![Hash::default(); 64];
    // The last leaf stands at the right edge, where one level has no sibling.
    assert!(inclusion_root(Hash::default(), u64::MAX - 1, u64::MAX, &path[1..]).is_ok());
    assert!(inclusion_root(Hash::default(), 0, u64::MAX, &path).is_ok());
    assert_eq!(
        inclusion_root(Hash::default(), 0, u64::MAX, &[path, vec![Hash::default()]].concat()),
        Err(TreeError::Length)
    );
}

/// The leaves and roots with which the logs of Certificate Transparency are tested.
#[test]
fn vectors_of_certificate_transparency() {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::default();
    for (leaf, root) in leaves.iter().zip(roots) {
        frontier.append(leaf_hash(leaf));
        assert_eq!(frontier.root().to_string(), root);
    }
}
