//! `infer serve`: opens the networks, and what is said of a running service.

use super::failure::failure;
use super::models;
use super::serve_arguments::{LogFormat, ServeArgs};
use crate::serve::{Access, Options, RequestLine, Say, Server};
use console::{Exit, Failure, Interruption, Terminal};
use data::picture::PictureOptions;
use std::fs;
use std::sync::Arc;

/// Runs the command.
///
/// # Errors
///
/// Where the models, the key file or the address cannot be had.
pub(super) fn run(arguments: &ServeArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    let named = &arguments.model.models;
    let folders = models::run_folders(named, &mut Vec::new(), terminal)?;
    let runs: Vec<String> = folders
        .iter()
        .map(|folder| models::run_name(folder))
        .collect();
    let access = access(arguments)?;
    let predictor = models::open(folders, &arguments.model, terminal)?;
    let device = predictor.device_name().to_owned();
    let options = Options {
        name: arguments.name.clone().unwrap_or_else(|| runs.join("+")),
        runs,
        limits: arguments.limits(),
        preparation: PictureOptions {
            deskew: arguments.deskew,
            ..PictureOptions::default()
        },
        access,
        collect: arguments.collect.clone(),
        say: Some(say(arguments.log_format, terminal)),
    };
    let (name, listen) = (options.name.clone(), arguments.listen);
    let server = Server::bind(listen, predictor, options).map_err(failure)?;
    if !listen.ip().is_loopback() && arguments.api_key_file.is_none() {
        terminal.warn("anybody who reaches this machine may ask: --api-key-file bounds that");
    }
    let (drain, asked) = (server.drain(), terminal.clone());
    let first = move |_| {
        asked.note("ending: what is in hand is answered; again to end at once");
        drain.begin();
    };
    let _interruption = Interruption::watch(first, || ()).map_err(Failure::new)?;
    let address = server.address();
    terminal.note(&format!(
        "{name} on {device}\nlistening on http://{address}"
    ));
    if !server.run().map_err(failure)? {
        terminal.warn("not everything in hand could be answered in time");
    }
    Ok(Exit::Done)
}

fn access(arguments: &ServeArgs) -> Result<Access, Failure> {
    let mut access = Access::default();
    for origin in &arguments.cors {
        access = access.with_origin(origin.trim_end_matches('/'));
    }
    let Some(path) = &arguments.api_key_file else {
        return Ok(access);
    };
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    let keys: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|key| !key.is_empty())
        .collect();
    if keys.is_empty() {
        let message = format!("{}: there is no key in it", path.display());
        return Err(Failure::usage(message).with_hint(Some("write one a line")));
    }
    Ok(access.with_keys(keys))
}

fn say(format: LogFormat, terminal: &Terminal) -> Say {
    let terminal = terminal.clone();
    match format {
        LogFormat::Text => Arc::new(move |line| terminal.detail(&line.to_string())),
        LogFormat::Json => Arc::new(move |line: &RequestLine| {
            if let Ok(line) = serde_json::to_string(line) {
                terminal.note(&line);
            }
        }),
    }
}
