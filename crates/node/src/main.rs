//! The binary `epione`: a node of the ledger, its client, and a demonstration of both.

fn main() -> std::process::ExitCode {
    epione_node::main(epione_node::STATE_FORMAT)
}
