//! Media types of a PATCH that decide whether it may be repeated.

use crate::read::openapi::ContractOperation;

/// Replaces members: a repeat changes nothing (RFC 7396).
pub(super) const MERGE_PATCH: &str = "application/merge-patch+json";

/// Whether the body may be a JSON Patch (RFC 6902): by its media type, or because it is a list of
/// items with an `op` and a `path`, whatever it is called. Some frameworks list the media type beside
/// `application/json` for every body that they read (ASP.NET Core, "JsonPatch"): that says nothing.
pub(super) fn is_json_patch(operation: &ContractOperation) -> bool {
    let Some(body) = &operation.body else {
        return false;
    };
    let has = |name: &str| body.media_types.iter().any(|media| is_media(media, name));
    let named = has("application/json-patch+json");
    let any = named && has("application/json") && has("text/json");
    let items = body.list_items.iter().flatten();
    let names: Vec<&str> = items.map(|member| member.name.as_str()).collect();
    named && !any || (names.contains(&"op") && names.contains(&"path"))
}

/// Whether a media type is this one, whatever its parameters.
pub(super) fn is_media(written: &str, name: &str) -> bool {
    let essence = written.split(';').next().unwrap_or(written);
    essence.trim().eq_ignore_ascii_case(name)
}
