//! What goes wrong with stores, in words, with the way out. The address is said by whoever asked.

use object_store::Error;
use std::error::Error as _;
use std::io;

/// In what is said where nobody told this machine who it is.
const METADATA: &str = "169.254.169.254";

/// What a store's error is to whoever reads or writes files.
#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
pub(super) fn failed(error: Error) -> io::Error {
    use io::ErrorKind;
    let text = error.to_string();
    let (kind, message) = match &error {
        Error::NotFound { .. } => (
            ErrorKind::NotFound,
            "there is no such object (the name of a folder of objects ends with /)".to_owned(),
        ),
        Error::Unauthenticated { .. } | Error::PermissionDenied { .. } => (
            ErrorKind::PermissionDenied,
            format!("access is denied: {}", who_asks()),
        ),
        _ if text.contains(METADATA) => (
            ErrorKind::PermissionDenied,
            format!("nothing says who asks: {}", who_asks()),
        ),
        Error::Precondition { .. } => (
            ErrorKind::Other,
            "it was changed while it was read: try again".to_owned(),
        ),
        Error::InvalidPath { source } => (ErrorKind::InvalidInput, source.to_string()),
        _ => (ErrorKind::Other, root(&error)),
    };
    io::Error::new(kind, message)
}

/// What says who asks.
fn who_asks() -> &'static str {
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for s3 (AWS_SKIP_SIGNATURE=true for what is public), \
     GOOGLE_APPLICATION_CREDENTIALS for gs, AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY for az"
}

/// What a store says, without what says only that it went wrong.
fn root(error: &Error) -> String {
    match (error, error.source()) {
        (Error::Generic { .. }, Some(source)) => source.to_string(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_of_files() {
        let source = || Box::new(io::Error::other("because"));
        let not_there = failed(Error::NotFound {
            path: "a".into(),
            source: source(),
        });
        assert_eq!(not_there.kind(), io::ErrorKind::NotFound);
        let denied = failed(Error::PermissionDenied {
            path: "a".into(),
            source: source(),
        });
        assert_eq!(denied.kind(), io::ErrorKind::PermissionDenied);
        assert!(denied.to_string().contains("AWS_ACCESS_KEY_ID"));
        let other = failed(Error::Generic {
            store: "S3",
            source: source(),
        });
        assert_eq!(other.to_string(), "because");
    }
}
