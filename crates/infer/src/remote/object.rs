//! An object that is read as a file is: block after block, or from any place.

use super::address::Address;
use super::clouds::{Clouds, clouds};
use super::failure::failed;
use bytes::Bytes;
use data::remote::{AnyFile, RemoteFile, temporary_file};
use futures_util::StreamExt as _;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, GetResult, ObjectStore, ObjectStoreExt as _};
use std::collections::VecDeque;
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinHandle;

/// Bytes that are asked for at a time.
const BLOCK_BYTES: u64 = 4 << 20;
/// What stores say where a part is asked for that is not there: the status is not handed out but in words.
const NO_SUCH_RANGE: &str = "416 Range Not Satisfiable";
/// Blocks that are held of an object, beside one that is on its way.
const MAX_HELD: usize = 3;

/// Opens an object. Its first bytes come with the answer to whether it is there.
pub(super) fn open(address: &str) -> io::Result<AnyFile> {
    let (clouds, place) = (clouds()?, Address::of(address).map_err(failed)?);
    let (store, path) = (clouds.store(&place)?, place.path);
    let first = clouds.wait(async {
        let options = GetOptions {
            range: Some(GetRange::Bounded(0..BLOCK_BYTES)),
            ..GetOptions::default()
        };
        let found = store.get_opts(&path, options).await?;
        let meta = found.meta.clone();
        Ok((meta, found.bytes().await?))
    });
    let (meta, bytes) = match first {
        Ok(first) => first,
        Err(Error::NotSupported { .. }) => return clouds.wait(copy(&store, &path)),
        // Of an object of no bytes there are no first ones.
        Err(error) if error.to_string().contains(NO_SUCH_RANGE) => {
            let meta = clouds.wait(store.head(&path)).map_err(failed)?;
            if meta.size > 0 {
                return Err(failed(error));
            }
            (meta, Bytes::new())
        }
        Err(error) => return Err(failed(error)),
    };
    // A weak tag does not say that bytes are the same.
    let tag = meta.e_tag.filter(|tag| !tag.starts_with("W/"));
    let object = Object {
        clouds,
        store,
        path,
        num_bytes: meta.size,
        tag,
        blocks: Mutex::new(Blocks {
            held: [(0, bytes)].into(),
            last: 0,
            ahead: None,
        }),
    };
    Ok(AnyFile::Elsewhere(Box::new(ObjectFile {
        object: Arc::new(object),
        place: 0,
    })))
}

/// A whole object of at most so many bytes.
pub(super) fn read(address: &str, max_bytes: u64) -> io::Result<Vec<u8>> {
    let (clouds, place) = (clouds()?, Address::of(address).map_err(failed)?);
    let store = clouds.store(&place)?;
    clouds.wait(async {
        let found = store.get(&place.path).await.map_err(failed)?;
        let mut bytes = Vec::new();
        let mut too_long = found.meta.size > max_bytes;
        let mut chunks = found.into_stream();
        while let (false, Some(chunk)) = (too_long, chunks.next().await) {
            bytes.extend_from_slice(&chunk.map_err(failed)?);
            too_long = bytes.len() as u64 > max_bytes;
        }
        if too_long {
            let problem = format!("expected at most {max_bytes} bytes, found more");
            return Err(io::Error::other(problem));
        }
        Ok(bytes)
    })
}

/// A copy on this machine, of an object that is handed out as a whole only.
async fn copy(store: &Arc<dyn ObjectStore>, path: &Path) -> io::Result<AnyFile> {
    let found: GetResult = store.get(path).await.map_err(failed)?;
    let mut file = temporary_file()?;
    let mut chunks = found.into_stream();
    while let Some(chunk) = chunks.next().await {
        file.write_all(&chunk.map_err(failed)?)?;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(AnyFile::Here(file))
}

/// An object, read from a place of its own.
struct ObjectFile {
    object: Arc<Object>,
    place: u64,
}

struct Object {
    clouds: &'static Clouds,
    store: Arc<dyn ObjectStore>,
    path: Path,
    num_bytes: u64,
    /// What it is as long as it is the same.
    tag: Option<String>,
    blocks: Mutex<Blocks>,
}

struct Blocks {
    /// By their numbers; the one that was fetched first is let go first.
    held: VecDeque<(u64, Bytes)>,
    /// Which was read last.
    last: u64,
    /// The one that is on its way.
    ahead: Option<(u64, JoinHandle<io::Result<Bytes>>)>,
}

impl Object {
    /// A block of it.
    fn block(&self, number: u64) -> io::Result<Bytes> {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let held = blocks.held.iter().find(|(held, _)| *held == number);
        let found = held.map(|(_, bytes)| bytes.clone());
        let goes_on = number == blocks.last + 1;
        blocks.last = number;
        if let Some(bytes) = found {
            return Ok(bytes);
        }
        let bytes = match blocks.ahead.take() {
            Some((ahead, coming)) if ahead == number => {
                self.clouds.wait(coming).map_err(io::Error::other)??
            }
            _ => self.clouds.wait(self.fetch(number))?,
        };
        if blocks.held.len() == MAX_HELD {
            blocks.held.pop_front();
        }
        blocks.held.push_back((number, bytes.clone()));
        if goes_on && (number + 1) * BLOCK_BYTES < self.num_bytes {
            let next = self.clouds.begin(self.fetch(number + 1));
            blocks.ahead = Some((number + 1, next));
        }
        Ok(bytes)
    }

    fn fetch(&self, number: u64) -> impl Future<Output = io::Result<Bytes>> + Send + 'static {
        let start = number * BLOCK_BYTES;
        let end = (start + BLOCK_BYTES).min(self.num_bytes);
        let (store, path) = (Arc::clone(&self.store), self.path.clone());
        let options = GetOptions {
            range: Some(GetRange::Bounded(start..end)),
            if_match: self.tag.clone(),
            ..GetOptions::default()
        };
        async move {
            let found = store.get_opts(&path, options).await.map_err(failed)?;
            let bytes = found.bytes().await.map_err(failed)?;
            if bytes.len() as u64 == end - start {
                Ok(bytes)
            } else {
                let (expected, found) = (end - start, bytes.len());
                let problem = format!("expected {expected} bytes of it, got {found}: try again");
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem))
            }
        }
    }
}

impl RemoteFile for ObjectFile {
    fn num_bytes(&self) -> u64 {
        self.object.num_bytes
    }

    fn reopened(&self) -> Box<dyn RemoteFile> {
        Box::new(Self {
            object: Arc::clone(&self.object),
            place: 0,
        })
    }
}

impl Read for ObjectFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.place >= self.object.num_bytes || buffer.is_empty() {
            return Ok(0);
        }
        let block = self.object.block(self.place / BLOCK_BYTES)?;
        let offset = usize::try_from(self.place % BLOCK_BYTES).unwrap_or(usize::MAX);
        let rest = block.get(offset..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.place += length as u64;
        Ok(length)
    }
}

impl Seek for ObjectFile {
    fn seek(&mut self, place: SeekFrom) -> io::Result<u64> {
        let place = match place {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.object.num_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}
