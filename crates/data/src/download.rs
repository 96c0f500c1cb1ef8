//! Fetches the files of a known set from its mirrors into the cache.
//!
//! Owns time and size limits, redirects, the turn of the mirrors and the writing of the file. A
//! file is written only once it is whole and its sum agrees, by [`base::files`]: nothing half-written can stay. What a file must hold is `mnist`'s.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::http::Uri;
use ureq::{Agent, Timeout};

use crate::set_files::SetFile;
use base::files::{Existing, write_whole};

/// How many redirects are followed. From https only to https.
const MAX_REDIRECTS: u32 = 5;
const CHUNK_BYTES: usize = 1 << 16;

/// Time limits of downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadLimits {
    /// The longest wait for an address and then for a connection.
    pub connect: Duration,
    /// The longest wait for the next bytes.
    pub stall: Duration,
    /// The longest that all files of a set may take together.
    pub overall: Duration,
}

impl Default for DownloadLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            stall: Duration::from_secs(15),
            overall: Duration::from_mins(10),
        }
    }
}

/// Is told how a download goes. Every `start` is followed by one `finish`, also after a failure.
pub trait Progress: Sync {
    /// A file begins; `total_bytes` is its size where the mirror tells.
    fn start(&self, file: &str, total_bytes: Option<u64>);
    /// So many more bytes have come.
    fn advance(&self, bytes: u64);
    /// The file has ended, whole or not.
    fn finish(&self);
    /// Something that users should know, such as a mirror that failed.
    fn note(&self, message: &str);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _file: &str, _total_bytes: Option<u64>) {}
    fn advance(&self, _bytes: u64) {}
    fn finish(&self) {}
    fn note(&self, _message: &str) {}
}

/// Fetches files into one folder, within one overall time limit.
pub(crate) struct Downloader<'a> {
    /// The next to try first; one that fails goes to the end.
    mirrors: Vec<&'a str>,
    dir: &'a Path,
    limits: DownloadLimits,
    started: Instant,
    progress: &'a dyn Progress,
}

/// Why a file could not be fetched.
enum Failure {
    /// The mirror's fault: another may do better.
    Mirror(String),
    /// This machine's fault: no mirror can help.
    Here(String),
}

impl<'a> Downloader<'a> {
    pub(crate) fn new(
        mirrors: &'a [String],
        dir: &'a Path,
        limits: DownloadLimits,
        progress: &'a dyn Progress,
    ) -> Self {
        let mirrors = mirrors.iter().map(String::as_str).collect();
        Self {
            mirrors,
            dir,
            limits,
            started: Instant::now(),
            progress,
        }
    }

    /// Fetches `file` into the folder as `NAME.gz`, from the first mirror that has it whole and
    /// with the published sum. The error is what was wrong with each mirror.
    pub(crate) fn fetch(&mut self, file: &SetFile) -> Result<(), Vec<String>> {
        let mut reasons = Vec::new();
        for _ in 0..self.mirrors.len() {
            let mirror = self.mirrors.first().copied().unwrap_or_default();
            let url = format!("{}/{}.gz", mirror.trim_end_matches('/'), file.name);
            match self.fetch_from(&url, file) {
                Ok(()) => return Ok(()),
                Err(Failure::Here(reason)) => {
                    reasons.push(reason);
                    return Err(reasons);
                }
                Err(Failure::Mirror(reason)) => {
                    self.progress.note(&format!("mirror failed: {reason}"));
                    reasons.push(reason);
                    self.mirrors.rotate_left(1);
                }
            }
        }
        if reasons.is_empty() {
            reasons.push("there is no mirror to download from".into());
        }
        Err(reasons)
    }

    fn fetch_from(&self, url: &str, file: &SetFile) -> Result<(), Failure> {
        let here = |error: io::Error| {
            Failure::Here(format!(
                "the cache {} cannot be written: {error}",
                self.dir.display()
            ))
        };
        fs::create_dir_all(self.dir).map_err(here)?;
        let bytes = self
            .get(url, file)
            .map_err(|reason| Failure::Mirror(format!("{url}: {reason}")))?;
        file.check_published(&bytes, Path::new(url))
            .map_err(|error| Failure::Mirror(error.to_string()))?;
        let path = self.dir.join(format!("{}.gz", file.name));
        write_whole(&path, &bytes, Existing::Replace).map_err(here)
    }

    fn get(&self, url: &str, file: &SetFile) -> Result<Vec<u8>, String> {
        let remaining = self.limits.overall.saturating_sub(self.started.elapsed());
        let describe = |error| describe(&error, self.limits);
        if remaining.is_zero() {
            return Err(describe(ureq::Error::Timeout(Timeout::Global)));
        }
        let agent = agent(url, self.limits, remaining);
        let mut response = agent.get(url).call().map_err(describe)?;
        if response.status() != ureq::http::StatusCode::OK {
            return Err(format!("HTTP status {}", response.status()));
        }
        let announced = response.body().content_length();
        let max_bytes = file.max_stored_bytes();
        if let Some(num_bytes) = announced.filter(|num_bytes| *num_bytes > max_bytes) {
            return Err(format!(
                "expected at most {max_bytes} bytes, {num_bytes} were announced"
            ));
        }
        self.progress.start(&file.name, announced);
        let body = self.read_body(response.body_mut().as_reader(), max_bytes);
        self.progress.finish();
        body
    }

    fn read_body(&self, mut reader: impl Read, max_bytes: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let num_bytes = reader
                .read(&mut chunk)
                .map_err(|error| describe(&ureq::Error::from(error), self.limits))?;
            if num_bytes == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(chunk.get(..num_bytes).unwrap_or_default());
            if bytes.len() as u64 > max_bytes {
                return Err(format!("expected at most {max_bytes} bytes, more came"));
            }
            self.progress.advance(num_bytes as u64);
        }
    }
}

fn agent(url: &str, limits: DownloadLimits, remaining: Duration) -> Agent {
    let config = Agent::config_builder()
        .https_only(url.starts_with("https://"))
        .http_status_as_error(false)
        .max_redirects(MAX_REDIRECTS)
        .timeout_resolve(Some(limits.connect))
        .timeout_connect(Some(limits.connect))
        .timeout_per_read(Some(limits.stall))
        .timeout_per_write(Some(limits.stall))
        .timeout_global(Some(remaining));
    // A proxy from the environment cannot reach this machine's own servers.
    let host = url
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.host().map(str::to_owned));
    match host.as_deref() {
        Some("localhost" | "127.0.0.1" | "[::1]") => config.proxy(None).build().into(),
        _ => config.build().into(),
    }
}

fn describe(error: &ureq::Error, limits: DownloadLimits) -> String {
    match error {
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            format!("no connection within {:?}", limits.connect)
        }
        ureq::Error::Timeout(Timeout::PerRead) => format!("no data for {:?}", limits.stall),
        ureq::Error::Timeout(Timeout::Global) => {
            format!(
                "not finished within {:?}, the limit of the whole download",
                limits.overall
            )
        }
        ureq::Error::RequireHttpsOnly(target) => format!("refused to go from https to {target}"),
        ureq::Error::TooManyRedirects => format!("more than {MAX_REDIRECTS} redirects"),
        ureq::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn https_never_goes_down_to_http() {
        let limits = DownloadLimits::default();
        let strict = agent("https://example.org/a", limits, limits.overall);
        assert!(strict.config().https_only());
        let target = strict.get("http://127.0.0.1:9/a").call().unwrap_err();
        let message = describe(&target, limits);
        assert_eq!(message, "refused to go from https to http://127.0.0.1:9/a");
        assert!(
            !agent("http://example.org/a", limits, limits.overall)
                .config()
                .https_only()
        );
    }
}
