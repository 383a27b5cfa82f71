//! Black-box tests: the binary `epione` as it is shipped, in processes of its own, over its files, ports and signals.

#[path = "../consortium/mod.rs"]
mod consortium;

mod agreement;
mod archive;
mod audit;
mod client;
mod crashes;
mod disk;
mod files;
mod input;
mod links;
mod members;
mod operate;
mod receipts;
mod secrets;
mod sockets;
mod terminal;
mod tls;
mod token;
mod upgrade;
mod votes;
