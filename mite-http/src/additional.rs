//! Fields that journeys add to an `http_metrics`.

use mite_core::msgpack::Fields;
use serde::Serialize;

/// Reserved: fields of `http_metrics` that a callback may not set.
const STANDARD: [&str; 29] = [
    "start_time",
    "effective_url",
    "response_code",
    "dns_time",
    "connect_time",
    "tls_time",
    "transfer_start_time",
    "first_byte_time",
    "total_time",
    "primary_ip",
    "method",
    "download_size",
    "upload_size",
    "outcome",
    "error",
    "protocol",
    "reused",
    "pool_wait_time",
    "tags",
    "type",
    "time",
    "test",
    "runner_id",
    "journey",
    "context_id",
    "scenario_id",
    "scenario_data_id",
    "transaction",
    "transaction_id",
];

/// Fields that [`on_response`](crate::Http::on_response) adds to an `http_metrics`.
#[derive(Default)]
pub struct AdditionalMetrics {
    fields: Fields,
    refused: Option<String>,
}

impl AdditionalMetrics {
    /// Adds fields of mite's own.
    pub(crate) fn extend(&mut self, fields: &Fields) {
        self.fields.extend_renamed(fields);
    }

    /// Adds a field. A name that every `http_metrics` has fails the request.
    pub fn insert(&mut self, name: &str, value: impl Serialize) {
        if STANDARD.contains(&name) || name == "intended_start_time" {
            self.refused = Some(format!(
                "the additional metric `{name}` is a field that http_metrics has already; choose another name"
            ));
            return;
        }
        self.fields.insert(name, &value);
    }

    /// The fields, for the message.
    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Why the request is to fail, if the callback set a reserved field.
    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_names_are_refused_as_additional_metrics() {
        let mut extra = AdditionalMetrics::default();
        extra.insert("cache", "hit");
        assert_eq!(extra.refused(), None);
        extra.insert("total_time", 1);
        assert!(extra.refused().unwrap().contains("`total_time`"));
        assert_eq!(extra.fields.len(), 1);
    }
}
