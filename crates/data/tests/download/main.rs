//! Downloads from servers on this machine that behave well and badly. Nothing leaves the machine.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod attempt;
mod server;
mod tiny_set;

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use attempt::Attempt;
use data::{DataError, Sum};
use server::{
    Server, bomb, cut_off, cut_off_unannounced, dripping, endless, good, half, in_circles,
    not_found, other_labels, redirecting, stalling, too_large, web_page,
};
use tiny_set::{NAMES, gzip, md5, sha256, tiny_set, unpacked};

#[test]
fn a_good_mirror_fills_the_cache_once() {
    let server = Server::start(good);
    let first = Attempt::from(&[&server]);
    first.assert_whole();
    assert_eq!(server.num_requests(), 4);
    let sizes: Vec<u64> = (0..4)
        .map(|index| gzip(&unpacked(index)).len() as u64)
        .collect();
    let told: Vec<_> = NAMES
        .map(String::from)
        .into_iter()
        .zip(sizes.iter().copied().map(Some))
        .collect();
    assert_eq!(*first.told.starts.lock().unwrap(), told);
    assert_eq!(
        first.told.num_bytes.load(Ordering::SeqCst) as u64,
        sizes.iter().sum::<u64>()
    );
    assert!(first.told.notes.lock().unwrap().is_empty());
    let again = Attempt::of(&tiny_set(sha256), &[&server], first.cache);
    again.assert_whole();
    assert_eq!(
        server.num_requests(),
        4,
        "the second time comes from the cache"
    );
}

#[test]
fn the_second_mirror_stands_in_for_a_bad_first_and_is_kept() {
    let (bad, second) = (Server::start(not_found), Server::start(good));
    let attempt = Attempt::from(&[&bad, &second]);
    attempt.assert_whole();
    assert_eq!((bad.num_requests(), second.num_requests()), (1, 4));
    let notes = attempt.told.notes.lock().unwrap();
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].starts_with("mirror failed: http://127.0.0.1:"),
        "{}",
        notes[0]
    );
    assert!(
        notes[0].ends_with("HTTP status 404 Not Found"),
        "{}",
        notes[0]
    );
}

#[test]
fn a_mirror_with_other_contents_is_noted_and_passed_over() {
    for sum in [sha256 as fn(usize) -> Sum, md5] {
        let (bad, second) = (Server::start(other_labels), Server::start(good));
        let attempt = Attempt::of(
            &tiny_set(sum),
            &[&bad, &second],
            tempfile::tempdir().unwrap(),
        );
        attempt.assert_whole();
        let notes = attempt.told.notes.lock().unwrap();
        assert!(
            notes[0].contains("is not the published file: expected"),
            "{}",
            notes[0]
        );
    }
    Attempt::from(&[&Server::start(other_labels)]).assert_failed("is not the published file");
}

#[test]
fn a_stalling_mirror_is_left_soon() {
    let started = Instant::now();
    Attempt::from(&[&Server::start(stalling)]).assert_failed("no data for 250ms");
    let (bad, second) = (Server::start(stalling), Server::start(good));
    Attempt::from(&[&bad, &second]).assert_whole();
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn a_dripping_mirror_ends_at_the_overall_limit() {
    let started = Instant::now();
    Attempt::from(&[&Server::start(dripping)]).assert_failed("not finished within 800ms");
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn files_that_are_cut_off_are_refused() {
    Attempt::from(&[&Server::start(cut_off)]).assert_failed("disconnected");
    Attempt::from(&[&Server::start(cut_off_unannounced)]).assert_failed("sound gzip data");
}

#[test]
fn pages_in_place_of_files_are_refused() {
    Attempt::from(&[&Server::start(web_page)]).assert_failed("found 0x3c21444f");
}

#[test]
fn sizes_are_bounded_packed_and_unpacked() {
    Attempt::from(&[&Server::start(too_large)]).assert_failed("1048576 were announced");
    Attempt::from(&[&Server::start(endless)]).assert_failed("bytes, more came");
    Attempt::from(&[&Server::start(bomb)])
        .assert_failed("expected 3920 bytes after the header, found more");
}

#[test]
fn redirects_are_followed_a_few_times() {
    let server = Server::start(redirecting);
    Attempt::from(&[&server]).assert_whole();
    assert_eq!(server.num_requests(), 8);
    let circling = Server::start(in_circles);
    Attempt::from(&[&circling]).assert_failed("more than 5 redirects");
    assert_eq!(circling.num_requests(), 6);
}

#[test]
fn whole_files_stay_and_only_the_missing_ones_are_fetched_again() {
    let broken = Attempt::from(&[&Server::start(half)]);
    assert!(
        matches!(broken.outcome, Err(DataError::NotAvailable { .. })),
        "{:?}",
        broken.outcome
    );
    assert_eq!(
        broken.files(),
        ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"],
        "whole and checked, so they may stay"
    );
    let server = Server::start(good);
    Attempt::of(&tiny_set(sha256), &[&server], broken.cache).assert_whole();
    assert_eq!(server.num_requests(), 2);
}

#[test]
fn a_damaged_file_in_the_cache_is_an_error_and_not_fetched_over() {
    let server = Server::start(good);
    let filled = Attempt::from(&[&server]);
    let path = filled.cache.path().join("tiny/t10k-labels-idx1-ubyte.gz");
    fs::write(&path, gzip(&[0, 0, 8, 1, 0, 0, 0, 2, 9, 9])).unwrap();
    let again = Attempt::of(&tiny_set(sha256), &[&server], filled.cache);
    assert!(
        matches!(&again.outcome, Err(DataError::Checksum { path: named, .. }) if *named == path),
        "{:?}",
        again.outcome
    );
    assert_eq!(server.num_requests(), 4);
}

#[test]
fn refused_connections_and_no_mirrors_say_so() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    };
    let closed = Server {
        address,
        num_requests: Arc::default(),
    };
    Attempt::from(&[&closed]).assert_failed("refused");
    let none = Attempt::from(&[]).outcome.unwrap_err();
    assert!(
        none.to_string()
            .ends_with("there is no mirror to download from"),
        "{none}"
    );
}

#[test]
fn a_cache_that_cannot_be_written_is_named_before_anything_is_fetched() {
    let cache = tempfile::tempdir().unwrap();
    fs::write(
        cache.path().join("tiny"),
        "a file where the folder should be",
    )
    .unwrap();
    let server = Server::start(good);
    let attempt = Attempt::of(&tiny_set(sha256), &[&server], cache);
    let message = attempt.outcome.unwrap_err().to_string();
    assert!(message.contains("cannot be written"), "{message}");
    assert_eq!(server.num_requests(), 0);
}
