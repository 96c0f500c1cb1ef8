//! Writes checkpoints on a thread of its own: flushing to disk takes as long as a hundred steps.

use super::{Checkpoint, CheckpointStore};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// The thread. One checkpoint is in the writing at a time; the next one waits.
pub(crate) struct Writer {
    jobs: Option<SyncSender<Checkpoint>>,
    problems: Receiver<String>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// Where the system gives no thread.
    pub(crate) fn start(store: CheckpointStore) -> Result<Self, String> {
        let (jobs, taken) = sync_channel::<Checkpoint>(0);
        let (tell, problems) = sync_channel(MAX_UNHEARD);
        let work = move || {
            for checkpoint in taken {
                if let Err(error) = store.write(&checkpoint) {
                    // Nobody listens to that many: the first ones tell what is wrong.
                    let _ = tell.try_send(error.to_string());
                }
            }
        };
        let thread = std::thread::Builder::new().name("checkpoints".into());
        let thread = thread.spawn(work).map_err(|error| error.to_string())?;
        Ok(Self {
            jobs: Some(jobs),
            problems,
            thread: Some(thread),
        })
    }

    /// Hands a checkpoint over, once the one before it is written.
    pub(crate) fn write(&self, checkpoint: Checkpoint) {
        if let Some(jobs) = &self.jobs {
            // The thread ends with this value alone.
            let _ = jobs.send(checkpoint);
        }
    }

    /// What went wrong since the last time.
    pub(crate) fn problems(&self) -> Vec<String> {
        self.problems.try_iter().collect()
    }

    /// Waits until all is written.
    pub(crate) fn finish(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Problems that are kept until somebody asks.
const MAX_UNHEARD: usize = 16;

impl Drop for Writer {
    fn drop(&mut self) {
        self.finish();
    }
}
