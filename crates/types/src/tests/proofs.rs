//! Proofs of inclusion and consistency against their definition, made of what is kept of a tree.

use super::tree::{leaves, path, tree_hash};
use crate::{
    Edge, Hash, Plan, Tile, TreeError, TreeHead, check_consistency, inclusion_root, kept_len, kept_size, leaf_hash,
};
use proptest::prelude::*;
use serde_json::Value;

/// `PROOF(m, D[n])` of RFC 6962 §2.1.2.
fn consistency(from: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(from, leaves, true)
}

fn subproof(from: usize, leaves: &[Hash], is_known: bool) -> Vec<Hash> {
    if from == leaves.len() {
        return if is_known { Vec::new() } else { vec![tree_hash(leaves)] };
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    if from <= split {
        [subproof(from, left, is_known), vec![tree_hash(right)]].concat()
    } else {
        [subproof(from - split, right, false), vec![tree_hash(left)]].concat()
    }
}

/// What is kept of the tree of these leaves, and its edge.
fn keep(leaves: &[Hash]) -> (Edge, Vec<Hash>) {
    let (mut edge, mut kept) = (Edge::default(), Vec::new());
    leaves.iter().for_each(|leaf| edge.append(*leaf, &mut kept));
    (edge, kept)
}

fn read(kept: &[Hash], positions: &[u64]) -> Vec<Hash> {
    positions.iter().map(|at| kept[usize::try_from(*at).unwrap()]).collect()
}

fn made(plan: &Plan, kept: &[Hash]) -> Vec<Hash> {
    plan.assemble(&read(kept, &plan.positions())).unwrap()
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead { size: leaves.len() as u64, root: tree_hash(leaves) }
}

#[test]
fn what_is_kept_makes_every_root_and_survives_a_restart() {
    let all = leaves(1_100);
    let (mut edge, mut kept) = (Edge::default(), Vec::new());
    for count in 0..=all.len() {
        let size = count as u64;
        assert_eq!(edge.size(), size);
        assert_eq!(kept.len() as u64, kept_len(size));
        assert_eq!(kept_size(kept_len(size)), size);
        if count % 37 == 0 || count % 256 < 2 {
            assert_eq!(edge.root(), tree_hash(&all[..count]), "{count}");
            assert_eq!(Edge::load(size, &read(&kept, &Edge::positions(size))).unwrap().root(), edge.root(), "{count}");
        }
        if let Some(leaf) = all.get(count) {
            edge.append(*leaf, &mut kept);
        }
    }
    assert_eq!(Edge::load(1_100, &kept), None);
}

/// The third level begins with 65,536 leaves.
#[test]
fn a_tree_of_three_levels() {
    let all = leaves(65_536 + 700);
    let (edge, kept) = keep(&all);
    let frontier = all.iter().fold(crate::Frontier::default(), |mut frontier, leaf| {
        frontier.append(*leaf);
        frontier
    });
    assert_eq!(edge.root(), frontier.root());
    let size = edge.size();
    assert_eq!(Edge::load(size, &read(&kept, &Edge::positions(size))).unwrap().root(), edge.root());
    for index in [0, 255, 256, 65_535, 65_536, 66_000, size - 1] {
        let proof = made(&Plan::inclusion(index, size).unwrap(), &kept);
        let leaf = all[usize::try_from(index).unwrap()];
        assert_eq!(inclusion_root(leaf, index, size, &proof), Ok(edge.root()), "{index}");
    }
}

#[test]
fn every_proof_of_small_trees_is_that_of_the_definition() {
    let all = leaves(70);
    let (_, kept) = keep(&all);
    for size in 0..=all.len() {
        let leaves = &all[..size];
        for at in 0..size {
            let plan = Plan::inclusion(at as u64, size as u64).unwrap();
            assert_eq!(made(&plan, &kept), path(at, leaves), "leaf {at} of {size}");
        }
        for from in 1..=size {
            let plan = Plan::consistency(from as u64, size as u64).unwrap();
            let proof = made(&plan, &kept);
            assert_eq!(proof, consistency(from, leaves), "{from} to {size}");
            assert_eq!(check_consistency(head(&all[..from]), head(leaves), &proof), Ok(()), "{from} to {size}");
        }
        assert_eq!(check_consistency(head(&[]), head(leaves), &[]), Ok(()));
    }
}

#[test]
fn a_wrong_proof_of_consistency_is_refused() {
    let all = leaves(40);
    let (_, kept) = keep(&all);
    for size in 1..=all.len() {
        let to = head(&all[..size]);
        for from in 1..size {
            let earlier = head(&all[..from]);
            let proof = made(&Plan::consistency(from as u64, size as u64).unwrap(), &kept);
            for altered in 0..proof.len() {
                let mut wrong = proof.clone();
                wrong[altered].0[31] ^= 0x80;
                assert!(check_consistency(earlier, to, &wrong).is_err(), "{from} to {size}");
            }
            let shorter = &proof[..proof.len() - 1];
            assert!(check_consistency(earlier, to, shorter).is_err(), "{from} to {size}");
            let longer = [proof.clone(), vec![to.root]].concat();
            assert_eq!(check_consistency(earlier, to, &longer), Err(TreeError::Length), "{from} to {size}");
            let other = Hash([9; 32]);
            assert!(check_consistency(TreeHead { root: other, ..earlier }, to, &proof).is_err());
            assert_eq!(check_consistency(earlier, TreeHead { root: other, ..to }, &proof), Err(TreeError::Later));
            assert_eq!(
                check_consistency(to, earlier, &proof),
                Err(TreeError::Shrinks { from: to.size, to: earlier.size })
            );
        }
        let other = TreeHead { root: Hash([9; 32]), ..to };
        assert_eq!(check_consistency(other, to, &[]), Err(TreeError::Earlier));
        assert_eq!(check_consistency(to, to, &[to.root]), Err(TreeError::Length));
        let nothing = TreeHead { size: 0, root: to.root };
        assert_eq!(check_consistency(nothing, to, &[]), Err(TreeError::Earlier));
    }
}

#[test]
fn plans_refuse_what_no_tree_has() {
    assert_eq!(Plan::inclusion(5, 5), Err(TreeError::Outside { index: 5, size: 5 }));
    assert_eq!(Plan::consistency(6, 5), Err(TreeError::Shrinks { from: 6, to: 5 }));
    let plan = Plan::inclusion(3, 9).unwrap();
    let hashes = vec![Hash::default(); plan.positions().len()];
    assert_eq!(plan.assemble(&hashes).map(|proof| proof.len()), Ok(plan.len()));
    assert_eq!(plan.assemble(&hashes[1..]), Err(TreeError::Length));
    assert_eq!(plan.assemble(&[hashes.clone(), hashes].concat()), Err(TreeError::Length));
    // The largest trees overflow nothing.
    assert_eq!(Plan::inclusion(u64::MAX - 1, u64::MAX).map(|plan| plan.len()), Ok(63));
    assert_eq!(Plan::inclusion(0, u64::MAX).map(|plan| plan.len()), Ok(64));
    assert!(Plan::consistency(u64::MAX - 1, u64::MAX).is_ok());
    assert_eq!(kept_size(u64::MAX), kept_size(kept_len(kept_size(u64::MAX))));
}

#[test]
fn tiles_are_those_of_tlog_tiles() {
    let all = leaves(600);
    let (_, kept) = keep(&all);
    let tile = |level, index, width| Tile { level, index, width }.positions(600).map(|at| read(&kept, &at));
    assert_eq!(tile(0, 0, 256), Some(all[..256].to_vec()));
    assert_eq!(tile(0, 2, 88), Some(all[512..].to_vec()));
    assert_eq!(tile(0, 2, 40), Some(all[512..552].to_vec()));
    assert_eq!(tile(1, 0, 2), Some(vec![tree_hash(&all[..256]), tree_hash(&all[256..512])]));
    for (level, index, width) in [(0, 2, 89), (0, 3, 1), (1, 0, 3), (2, 0, 1), (8, 0, 1), (0, 0, 0), (0, 0, 257)] {
        assert_eq!(tile(level, index, width), None, "{level} {index} {width}");
    }
    assert_eq!(Tile { level: 0, index: u64::MAX, width: 1 }.positions(u64::MAX), None);
}

proptest! {
    #[test]
    fn proofs_between_any_two_sizes(sizes in (1_usize..3_000, 1_usize..3_000), at in any::<prop::sample::Index>()) {
        let (from, to) = (sizes.0.min(sizes.1), sizes.0.max(sizes.1));
        let all = leaves(to as u64);
        let (edge, kept) = keep(&all);
        let later = TreeHead { size: to as u64, root: edge.root() };
        prop_assert_eq!(later.root, tree_hash(&all));
        let proof = made(&Plan::consistency(from as u64, to as u64).unwrap(), &kept);
        prop_assert_eq!(&proof, &consistency(from, &all));
        prop_assert_eq!(check_consistency(head(&all[..from]), later, &proof), Ok(()));
        let at = at.index(to);
        let proof = made(&Plan::inclusion(at as u64, to as u64).unwrap(), &kept);
        prop_assert_eq!(&proof, &path(at, &all));
        prop_assert_eq!(inclusion_root(all[at], at as u64, to as u64, &proof), Ok(later.root));
    }
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect()
}

/// The proofs with which the logs of Certificate Transparency are tested.
#[test]
fn vectors_of_certificate_transparency() {
    let file = include_str!("../../../../vectors/rfc6962-proofs.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let bytes = file["leaves"].as_array().unwrap().iter();
    let all: Vec<Hash> = bytes.map(|leaf| leaf_hash(&hex::decode(leaf.as_str().unwrap()).unwrap())).collect();
    let roots = hashes(&file["roots"]);
    let (_, kept) = keep(&all);
    let number = |value: &Value| value.as_u64().unwrap();
    let inclusion = file["inclusion"].as_array().unwrap();
    for vector in inclusion {
        let (index, size, proof) = (number(&vector["leaf"]), number(&vector["size"]), hashes(&vector["path"]));
        let leaf = all[usize::try_from(index).unwrap()];
        assert_eq!(inclusion_root(leaf, index, size, &proof), Ok(roots[usize::try_from(size).unwrap() - 1]));
        assert_eq!(made(&Plan::inclusion(index, size).unwrap(), &kept), proof);
    }
    let consistency = file["consistency"].as_array().unwrap();
    for vector in consistency {
        let (from, to, proof) = (number(&vector["from"]), number(&vector["to"]), hashes(&vector["path"]));
        let head = |size: u64| TreeHead { size, root: roots[usize::try_from(size).unwrap() - 1] };
        assert_eq!(check_consistency(head(from), head(to), &proof), Ok(()));
        assert_eq!(made(&Plan::consistency(from, to).unwrap(), &kept), proof);
    }
    assert_eq!((roots.len(), inclusion.len(), consistency.len()), (8, 5, 4));
}
