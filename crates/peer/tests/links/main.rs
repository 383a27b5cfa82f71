//! Links between organizations over real sockets: who is let in, what for, and how keys are replaced meanwhile.

mod support;

mod certificates;
mod handshakes;
mod openssl;
mod requests;
mod rotation;
