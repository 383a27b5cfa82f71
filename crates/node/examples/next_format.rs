//! A release that keeps the state in the next format: the program as it is, but for that number. Tests upgrade to it.

fn main() -> std::process::ExitCode {
    epione_node::main(epione_node::STATE_FORMAT + 1)
}
