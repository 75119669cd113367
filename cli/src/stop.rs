//! What runs, in the groups in which it is stopped: first nothing comes in, then what is in hand is finished.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything that runs in this process.
#[derive(Default)]
pub(crate) struct Stop {
    pub(crate) doors: Group,
    pub(crate) workers: Group,
    pub(crate) consumers: Group,
}

/// What is stopped together.
#[derive(Default)]
pub(crate) struct Group {
    token: CancellationToken,
    tasks: TaskTracker,
}

impl Group {
    /// The token by which this group is told to end.
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Runs `task`, which ends when it is told to.
    pub(crate) fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

impl Stop {
    pub(crate) async fn in_order(self) {
        for group in [self.doors, self.workers, self.consumers] {
            group.token.cancel();
            group.tasks.close();
            group.tasks.wait().await;
        }
    }
}

/// Ctrl-C or SIGTERM.
pub(crate) async fn interrupted() {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let terminated = async {
        match terminate {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        result = tokio::signal::ctrl_c() => if let Err(error) = result {
            tracing::error!(%error, "Ctrl-C cannot be waited for.");
        },
        () = terminated => {}
    }
}
