//! The addresses that files of settings give.

use super::topology::addresses;
use crate::catalog::Catalog;
use crate::model::SettingAddress;
use crate::read::FileFacts;
use crate::read::beside::Mentioned;

/// Those of hosts below a domain that are asked by HTTP; what stands for the machine itself is none.
pub(super) fn addresses_of(facts: &[FileFacts], catalog: &Catalog) -> Vec<SettingAddress> {
    let rules = &catalog.environment;
    let asked = |scheme: Option<&str>, host: &str| {
        let http = scheme.is_some_and(|scheme| scheme.starts_with("http"));
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
    found
}
