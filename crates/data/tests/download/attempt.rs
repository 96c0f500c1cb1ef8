//! One attempt to load the tiny set from servers, and what it left behind.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use data::{DataError, Dataset, DownloadLimits, Lookup, Progress, SetFiles, load_files};
use tempfile::TempDir;

use crate::server::Server;
use crate::tiny_set::{NAMES, sha256, tiny_set, unpacked};

/// What was told: starts, finishes, bytes and notes.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) starts: Mutex<Vec<(String, Option<u64>)>>,
    pub(crate) num_finishes: AtomicUsize,
    pub(crate) num_bytes: AtomicUsize,
    pub(crate) notes: Mutex<Vec<String>>,
}

impl Progress for Told {
    fn start(&self, file: &str, total_bytes: Option<u64>) {
        self.starts.lock().unwrap().push((file.into(), total_bytes));
    }
    fn advance(&self, bytes: u64) {
        self.num_bytes.fetch_add(bytes as usize, Ordering::SeqCst);
    }
    fn finish(&self) {
        self.num_finishes.fetch_add(1, Ordering::SeqCst);
    }
    fn note(&self, message: &str) {
        self.notes.lock().unwrap().push(message.into());
    }
}

pub(crate) struct Attempt {
    pub(crate) cache: TempDir,
    pub(crate) told: Told,
    pub(crate) outcome: Result<Dataset, DataError>,
}

impl Attempt {
    pub(crate) fn from(servers: &[&Server]) -> Self {
        Self::of(&tiny_set(sha256), servers, tempfile::tempdir().unwrap())
    }

    pub(crate) fn of(set: &SetFiles, servers: &[&Server], cache: TempDir) -> Self {
        let lookup = Lookup {
            cache_dir: Some(cache.path().into()),
            mirrors: Some(
                servers
                    .iter()
                    .map(|server| server.address.clone())
                    .collect(),
            ),
            limits: DownloadLimits {
                connect: Duration::from_secs(2),
                stall: Duration::from_millis(250),
                overall: Duration::from_millis(800),
            },
            ..Lookup::default()
        };
        let told = Told::default();
        let outcome = load_files(set, &lookup, &told);
        Self {
            cache,
            told,
            outcome,
        }
    }

    /// The names of all files in the set's folder of the cache.
    pub(crate) fn files(&self) -> Vec<String> {
        names_in(&self.cache.path().join("tiny"))
    }

    pub(crate) fn assert_whole(&self) {
        let dataset = self.outcome.as_ref().unwrap();
        assert_eq!(dataset.train.labels(), [0, 1, 2, 3, 4]);
        assert_eq!(dataset.test.as_ref().unwrap().labels(), [0, 1]);
        assert_eq!(dataset.train.pixels(), &unpacked(0)[16..]);
        let mut names = NAMES.map(|name| format!("{name}.gz"));
        names.sort();
        assert_eq!(self.files(), names);
        self.assert_told_evenly();
    }

    /// The set is not available, nothing is left behind, and the last reason holds `reason`.
    pub(crate) fn assert_failed(&self, reason: &str) {
        let Err(DataError::NotAvailable {
            set,
            offline: false,
            tried,
            ..
        }) = &self.outcome
        else {
            panic!("{:?}", self.outcome)
        };
        assert_eq!(set, "tiny");
        let last = tried.last().unwrap();
        assert!(last.contains(reason), "{last}");
        assert!(last.contains("http://127.0.0.1:"), "{last}");
        assert!(last.contains("/train-images-idx3-ubyte.gz"), "{last}");
        assert_eq!(self.files(), Vec::<String>::new());
        self.assert_told_evenly();
    }

    pub(crate) fn assert_told_evenly(&self) {
        let num_starts = self.told.starts.lock().unwrap().len();
        assert_eq!(num_starts, self.told.num_finishes.load(Ordering::SeqCst));
    }
}

pub(crate) fn names_in(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
