//! The addresses that files of settings give.

use super::topology::addresses;
use crate::catalog::Catalog;
use crate::model::SettingAddress;
use crate::read::FileFacts;
use crate::read::beside::Mentioned;
use crate::source::Span;
use smol_str::SmolStr;
use std::sync::Arc;

/// Those of hosts below a domain that are asked by HTTP; what stands for the machine itself is none. What code falls back to
/// where a variable is not set comes last.
pub(super) fn addresses_of(
    facts: &[FileFacts],
    unset: &[(SmolStr, Arc<str>, Span)],
    catalog: &Catalog,
) -> Vec<SettingAddress> {
    let rules = &catalog.environment;
    let asked = |scheme: Option<&str>, host: &str| {
        let http =
            scheme.is_some_and(|scheme| scheme.starts_with("http") || scheme.starts_with("ws"));
        let domain = host.contains('.') && host.chars().any(|c| c.is_ascii_alphabetic());
        http && domain && !rules.local_hosts.iter().any(|local| local == host)
    };
    let mut found = Vec::new();
    for file in facts {
        let FileFacts::Settings(file) = file else {
            continue;
        };
        for mention in &file.mentions {
            if let Mentioned::Host { scheme, host, .. } = &mention.what
                && asked(scheme.as_deref(), host)
            {
                let section = mention.section.rsplit('.').next().unwrap_or_default();
                let key = mention.key.rsplit('.').next().unwrap_or(&mention.key);
                found.push(SettingAddress {
                    section: section.to_owned(),
                    key: key.to_owned(),
                    host: host.clone(),
                    span: mention.span,
                });
            }
        }
        for (name, value, span) in &file.variables {
            let of_value = addresses(value).into_iter();
            let of_value = of_value.filter(|one| asked(one.scheme.as_deref(), &one.host));
            found.extend(of_value.map(|address| SettingAddress {
                section: String::new(),
                key: name.clone(),
                host: address.host,
                span: *span,
            }));
        }
    }
    for (name, text, span) in unset {
        let of_text = addresses(text).into_iter();
        let of_text = of_text.filter(|one| asked(one.scheme.as_deref(), &one.host));
        found.extend(of_text.map(|address| SettingAddress {
            section: String::new(),
            key: name.to_string(),
            host: address.host,
            span: *span,
        }));
    }
    found
}
