//! Checks one object of a description against its type in `openapiv3`. Only this object is read;
//! its structured children are left out and checked on their own, so that one fault is one
//! message at its own place. References are followed before.

use crate::read::tree::{Cut, Value};
use crate::source::Span;
use serde::de::DeserializeOwned;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why an object is not what it should be.
pub(super) struct Fault {
    /// Where.
    pub(super) span: Span,
    /// What is wrong.
    pub(super) message: String,
}

/// Checks an operation.
pub(super) fn operation(value: Value<'_, '_>) -> Option<Fault> {
    let cut = Cut {
        emptied: &["parameters", "requestBody", "responses", "callbacks"],
        removed: &["servers", "externalDocs", "security"],
    };
    // `responses` is required by OpenAPI 3.0 and not by 3.1; nothing here depends on it.
    value.get("responses")?;
    check::<openapiv3::Operation>("operation", value, cut)
}

/// Checks a parameter.
pub(super) fn parameter(value: Value<'_, '_>) -> Option<Fault> {
    let bare = value.get("schema").is_none() && value.get("content").is_none();
    if bare && value.get("type").is_some() {
        // Swagger 2.0 keeps the schema beside the name.
        return None;
    }
    if value.get("in").and_then(Value::text) == Some("querystring") {
        // The whole query string is new in OpenAPI 3.2 (section 4.12).
        return None;
    }
    let cut = Cut {
        emptied: &["schema", "content"],
        removed: &["examples", "example"],
    };
    check::<openapiv3::Parameter>("parameter", value, cut)
}

/// Checks a request body.
pub(super) fn request_body(value: Value<'_, '_>) -> Option<Fault> {
    check::<openapiv3::RequestBody>(
        "request body",
        value,
        Cut {
            emptied: &["content"],
            removed: &[],
        },
    )
}

/// A message of serde without the names of our types.
fn plain(reason: &str) -> String {
    match reason.split_once("expected struct ") {
        Some((before, _)) => format!("{before}expected a mapping"),
        None => reason.replace("expected a sequence", "expected a list"),
    }
}

fn check<T: DeserializeOwned>(what: &str, value: Value<'_, '_>, cut: Cut<'_>) -> Option<Fault> {
    let fault = |span, reason: &str| {
        Some(Fault {
            span,
            message: format!("not a valid {what}: {}", plain(reason)),
        })
    };
    // openapiv3 2.2 has panicked on input before; what it does must not end the run.
    match catch_unwind(AssertUnwindSafe(|| value.shallow::<T>(cut).map(|_| ()))) {
        Ok(Ok(())) => None,
        Ok(Err(error)) if error.message.contains("ParameterSchemaOrContent") => {
            fault(value.span(), "it has neither `schema` nor `content`")
        }
        Ok(Err(error)) => fault(error.span.unwrap_or(value.span()), &error.message),
        Err(_) => fault(value.span(), "it cannot be read"),
    }
}
