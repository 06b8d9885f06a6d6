//! What the method of a request promises: the HTTP Method Registry (RFC 9110 section 16.1.1,
//! <https://www.iana.org/assignments/http-methods>), as of RFC 10008.

/// The method of an endpoint that is called by gRPC, whose requests are all `POST`
/// (gRPC over HTTP/2, "Requests").
pub const GRPC_METHOD: &str = "GRPC";

/// Methods that only read: registered as safe, and so idempotent too.
const SAFE: [&str; 9] = [
    "GET", "HEAD", "OPTIONS", "PRI", "PROPFIND", "QUERY", "REPORT", "SEARCH", "TRACE",
];

/// Methods that write and are registered as idempotent.
const IDEMPOTENT: [&str; 29] = [
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "DELETE",
    "LABEL",
    "LINK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "ORDERPATCH",
    "PROPPATCH",
    "PUT",
    "REBIND",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
    // Not registered, and defined like DELETE by the caches that know them.
    "PURGE",
    "BAN",
];

/// Whether the method is safe (RFC 9110 section 9.2.1, RFC 10008 for QUERY).
#[must_use]
pub fn is_safe(method: &str) -> bool {
    SAFE.contains(&method)
}

/// Whether the method is idempotent by its definition (RFC 9110 section 9.2.2).
#[must_use]
pub fn is_idempotent(method: &str) -> bool {
    is_safe(method) || IDEMPOTENT.contains(&method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_promise_what_the_registry_says() {
        assert!(is_safe("QUERY") && is_safe("PROPFIND") && !is_safe("PUT"));
        assert!(is_idempotent("MOVE") && is_idempotent("GET"));
        assert!(!is_idempotent("POST") && !is_idempotent("PATCH") && !is_idempotent("LOCK"));
    }
}
