//! The thread on which a connection lives, apart from those that make load or decide.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mite_core::error::{Error, Result};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::connect::Connect;
use crate::connection::Connection;

/// How long what is still to be sent may take at the end.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// A connection on a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct Net {
    connection: Option<Connection>,
    handle: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Net {
    /// Connects.
    ///
    /// # Errors
    /// If that cannot be done.
    pub async fn connect(connect: Connect) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let (send, connected) = oneshot::channel();
        let thread = std::thread::Builder::new().name("nats".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::pin!(ended);
                // Until the sender is dropped, at the latest.
                let connected = tokio::select! {
                    connected = connect.connect() => connected,
                    _ = &mut ended => return,
                };
                let stands = connected.is_ok();
                // Whoever has waited for it may have gone.
                let _ = send.send(connected);
                if stands {
                    let _ = ended.await;
                }
            });
            runtime.shutdown_background();
        })?;
        let mut net = Self { connection: None, handle, end: Some(end), thread: Some(thread) };
        // If the future is dropped meanwhile, so is what was started.
        let connected = connected.await.map_err(|_| Error::new("the thread of NATS ended"))?;
        net.connection = Some(connected?);
        Ok(net)
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("it was connected when this was made")
    }

    /// Where its tasks run.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let (done, told) = std::sync::mpsc::sync_channel(1);
            self.handle.spawn(async move {
                let _ = connection.client().flush().await;
                let _ = done.send(());
            });
            // A server that is not there cannot be told anything.
            let _ = told.recv_timeout(LAST_WAIT);
        }
        drop(self.end.take());
        let Some(thread) = self.thread.take() else { return };
        let until = Instant::now() + LAST_WAIT;
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        if thread.is_finished() {
            let _ = thread.join();
        }
    }
}
