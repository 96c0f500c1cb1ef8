//! The stores that were opened, and the threads that speak with them: there once something is asked of one.

use super::address::Address;
use super::failure::failed;
use object_store::ObjectStore;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::runtime::{Builder, Runtime};

/// Threads of the runtime; those that wait for other machines are its blocking ones.
const NUM_THREADS: usize = 2;
const MAX_WAITING: usize = 32;

/// Stores by what addresses call them.
pub(super) struct Clouds {
    runtime: Runtime,
    stores: Mutex<BTreeMap<String, Arc<dyn ObjectStore>>>,
}

/// All that were opened in this process.
pub(super) fn clouds() -> io::Result<&'static Clouds> {
    static CLOUDS: OnceLock<Result<Clouds, String>> = OnceLock::new();
    let clouds = CLOUDS.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let builder = builder
            .worker_threads(NUM_THREADS)
            .max_blocking_threads(MAX_WAITING)
            .thread_name("clouds")
            .enable_all();
        let runtime = builder.build().map_err(|error| error.to_string())?;
        Ok(Clouds {
            runtime,
            stores: Mutex::default(),
        })
    });
    clouds
        .as_ref()
        .map_err(|error| io::Error::other(error.clone()))
}

impl Clouds {
    /// The store that an object lies in.
    pub(super) fn store(&self, address: &Address) -> io::Result<Arc<dyn ObjectStore>> {
        let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&address.store) {
            return Ok(Arc::clone(store));
        }
        let store = address.open_store().map_err(failed)?;
        stores.insert(address.store.clone(), Arc::clone(&store));
        Ok(store)
    }

    /// Waits for an answer.
    pub(super) fn wait<T>(&self, answer: impl Future<Output = T>) -> T {
        self.runtime.block_on(answer)
    }

    /// Begins something that goes on meanwhile.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.runtime.spawn(work)
    }
}
