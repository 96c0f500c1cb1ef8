//! Addresses of objects, and the stores that they lie in.

use super::connector::UreqConnector;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, Result, RetryConfig};
use std::sync::Arc;
use std::time::Duration;

/// How often and how long what may pass is tried again.
const MAX_RETRIES: usize = 8;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_TRY: Duration = Duration::from_mins(2);
/// Of Amazon's SDKs: where the service is, if not at Amazon.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];

/// Where an object lies, or a folder of some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `s3://bucket`, `https://host:port`: what is a store.
    pub(super) store: String,
    /// The name of the object there.
    pub(super) path: Path,
    /// Whether it ends as a folder's does.
    pub(super) is_folder: bool,
}

impl Address {
    /// Takes an address apart.
    pub(super) fn of(address: &str) -> Result<Self> {
        let start = address.find("://").map_or(0, |place| place + "://".len());
        let end = address[start..].find('/').map(|place| start + place);
        let (store, name) = address.split_at(end.unwrap_or(address.len()));
        let name = name.trim_start_matches('/');
        // On the web, names are as they stand in addresses; at stores, as they are.
        let path = if store.starts_with("http") {
            Path::from_url_path(name)?
        } else {
            Path::parse(name)?
        };
        Ok(Self {
            store: store.to_owned(),
            path,
            is_folder: name.is_empty() || name.ends_with('/'),
        })
    }

    /// Of another object of the same store.
    pub(super) fn sibling(&self, path: &Path) -> String {
        format!("{}/{path}", self.store)
    }

    /// Opens the store. What is to be known of it beside its name stands in the environment, as the SDK of each names it.
    pub(super) fn open_store(&self) -> Result<Arc<dyn ObjectStore>> {
        let url = self.store.as_str();
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: FIRST_WAIT,
                max_backoff: LONGEST_WAIT,
                ..BackoffConfig::default()
            },
            max_retries: MAX_RETRIES,
            retry_timeout: LONGEST_TRY,
        };
        let connector = UreqConnector;
        Ok(match url.split("://").next() {
            Some("s3") => {
                let endpoint = ENDPOINTS.iter().find_map(|name| std::env::var(name).ok());
                let builder = AmazonS3Builder::from_env().with_url(url);
                let builder = match endpoint {
                    // Whoever names such an endpoint means it.
                    Some(endpoint) if endpoint.starts_with("http://") => {
                        builder.with_endpoint(endpoint).with_allow_http(true)
                    }
                    Some(endpoint) => builder.with_endpoint(endpoint),
                    None => builder,
                };
                let builder = builder.with_retry(retry).with_http_connector(connector);
                Arc::new(builder.build()?)
            }
            Some("gs") => {
                let builder = GoogleCloudStorageBuilder::from_env().with_url(url);
                let builder = builder.with_retry(retry).with_http_connector(connector);
                Arc::new(builder.build()?)
            }
            Some("az") => {
                let builder = MicrosoftAzureBuilder::from_env().with_url(url);
                let builder = builder.with_retry(retry).with_http_connector(connector);
                Arc::new(builder.build()?)
            }
            _ => {
                let builder = HttpBuilder::new().with_url(url).with_retry(retry);
                Arc::new(builder.with_http_connector(connector).build()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_have_a_store_and_a_name() {
        let parts = |text: &str| {
            let address = Address::of(text).unwrap();
            (address.store, address.path.to_string(), address.is_folder)
        };
        let of =
            |store: &str, path: &str, is_folder| (store.to_owned(), path.to_owned(), is_folder);
        assert_eq!(parts("s3://b/x/y z.png"), of("s3://b", "x/y z.png", false));
        assert_eq!(parts("s3://b/x/"), of("s3://b", "x", true));
        assert_eq!(parts("gs://b"), of("gs://b", "", true));
        assert_eq!(
            parts("http://h:90/a%20b.png"),
            of("http://h:90", "a b.png", false)
        );
        let address = Address::of("s3://b/x/").unwrap();
        assert_eq!(address.sibling(&Path::from("x/a.png")), "s3://b/x/a.png");
    }
}
