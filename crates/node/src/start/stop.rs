//! When a node is to stop: a signal, or the end of the parent that holds the other end of its standard input.

use crate::command::Stdin;
use futures::future::{BoxFuture, FutureExt as _};
use std::{io::Read as _, thread, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

/// How long a node may take to stop once its parent is gone. Then the process ends whatever it does.
const GRACE: Duration = Duration::from_secs(15);

/// Resolves when the node is to stop. Must be polled on a runtime.
pub(super) fn requested(stdin: Stdin) -> BoxFuture<'static, ()> {
    let closed = match stdin {
        Stdin::Ignored => None,
        Stdin::Lifeline => Some(lifeline()),
    };
    async move {
        let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            // Without handlers the signals end the process by themselves.
            return std::future::pending().await;
        };
        let closed = async {
            match closed {
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => tracing::info!("stopping: SIGTERM"),
            _ = interrupt.recv() => tracing::info!("stopping: SIGINT"),
            () = closed => tracing::info!("stopping: the parent closed the standard input"),
        }
    }
    .boxed()
}

/// Resolves when the standard input is closed. The thread also sees to it that the process then ends.
fn lifeline() -> oneshot::Receiver<()> {
    let (closed, resolves) = oneshot::channel();
    thread::spawn(move || {
        let mut ignored = [0; 1024];
        while std::io::stdin().read(&mut ignored).is_ok_and(|count| count > 0) {}
        drop(closed);
        thread::sleep(GRACE);
        std::process::exit(1);
    });
    resolves
}
