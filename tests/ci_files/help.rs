//! What the program says of itself: commands, flags and their values, as `--help` lists them.

use std::collections::BTreeMap;
use std::process::Command;

/// What `--help` says of the program and of each command.
pub(crate) struct Help {
    root: Usage,
    commands: BTreeMap<String, Usage>,
}

#[derive(Default)]
struct Usage {
    /// Long and short flags, with the dashes.
    flags: BTreeMap<String, Parameter>,
    positional: Vec<Parameter>,
    commands: Vec<String>,
}

#[derive(Clone, Default)]
struct Parameter {
    takes_value: bool,
    many: bool,
    /// The only values there are; empty where any will do.
    values: Vec<String>,
}

impl Help {
    /// Asks the program that was built.
    pub(crate) fn ask() -> Self {
        let root = Usage::parse(&printed(&["--help"]));
        let commands = root.commands.iter().map(|name| {
            let usage = match name.as_str() {
                "help" => Usage::default(),
                name => Usage::parse(&printed(&[name, "--help"])),
            };
            (name.clone(), usage)
        });
        let commands = commands.collect();
        Self { root, commands }
    }

    /// What is wrong with the arguments of a call.
    pub(crate) fn faults(&self, arguments: &[String]) -> Vec<String> {
        let Some(first) = arguments.first() else {
            return vec!["no command is given".to_owned()];
        };
        if first.starts_with('-') {
            return self.root.faults(arguments);
        }
        match self.commands.get(first) {
            Some(usage) => usage.faults(&arguments[1..]),
            None => vec![format!("there is no command `{first}`")],
        }
    }
}

fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_seaworthy"))
        .args(arguments)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

impl Usage {
    fn parse(help: &str) -> Self {
        let mut usage = Self::default();
        let mut section = "";
        let mut entry: Option<(String, String)> = None;
        for line in help.lines().filter(|line| !line.is_empty()) {
            if !line.starts_with(' ') {
                usage.add(entry.take());
                section = line;
                continue;
            }
            let text = line.trim_start();
            let indent = line.len() - text.len();
            let begins = match section {
                "Commands:" if indent == 2 => {
                    let name = text.split_whitespace().next().unwrap_or("");
                    usage.commands.push(name.to_owned());
                    false
                }
                "Arguments:" => indent == 2,
                section if section.ends_with(':') => indent < 8 && text.starts_with('-'),
                _ => false,
            };
            if begins {
                usage.add(entry.replace((text.to_owned(), String::new())));
            } else if let Some((_, about)) = &mut entry {
                about.push_str(text);
                about.push('\n');
            }
        }
        usage.add(entry);
        usage
    }

    /// An entry: its first line, and what is said below.
    fn add(&mut self, entry: Option<(String, String)>) {
        let Some((head, about)) = entry else { return };
        let names = head.split("  ").next().unwrap_or("");
        let parameter = Parameter {
            takes_value: names.contains(" <"),
            many: names.contains("..."),
            values: values(&format!("{head}\n{about}")),
        };
        if !names.starts_with('-') {
            self.positional.push(parameter);
            return;
        }
        for name in names.split([',', ' ']).filter(|name| name.starts_with('-')) {
            self.flags.insert(name.to_owned(), parameter.clone());
        }
    }

    fn faults(&self, arguments: &[String]) -> Vec<String> {
        let mut faults = Vec::new();
        let mut places = self.positional.iter();
        let mut place = None;
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            // A list whose words are looked at where it is made.
            if argument == "--"
                || argument.contains("[@]")
                || argument == "$@"
                || argument == "$CHECK_ARGS"
            {
                continue;
            }
            if !argument.starts_with('-') {
                place = places
                    .next()
                    .or(place.filter(|last: &&Parameter| last.many));
                match place {
                    Some(parameter) => faults.extend(parameter.fault("an argument", argument)),
                    None => faults.push(format!("`{argument}` is one argument too many")),
                }
                continue;
            }
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument.as_str(), None),
            };
            match (self.flags.get(name), value) {
                (None, _) => faults.push(format!("there is no flag `{name}`")),
                (Some(flag), value) if flag.takes_value => {
                    match value.or_else(|| arguments.next().map(String::as_str)) {
                        Some(value) => faults.extend(flag.fault(name, value)),
                        None => faults.push(format!("`{name}` is given no value")),
                    }
                }
                (Some(_), Some(_)) => faults.push(format!("`{name}` takes no value")),
                (Some(_), None) => {}
            }
        }
        faults
    }
}

impl Parameter {
    fn fault(&self, name: &str, value: &str) -> Option<String> {
        // A variable, or a placeholder of the documents.
        let open = value.contains('$') || value.chars().all(|c| c.is_ascii_uppercase());
        let known = self.values.is_empty() || open;
        let mut each = value.split(',');
        (!known && !each.all(|value| self.values.iter().any(|known| known == value)))
            .then(|| format!("`{value}` is no value of {name}: {:?}", self.values))
    }
}

/// The values that an entry lists, in a line (`[possible values: a, b]`) or one below the other.
fn values(about: &str) -> Vec<String> {
    if let Some((_, rest)) = about.split_once("[possible values:") {
        let list = rest.split(']').next().unwrap_or("");
        return list.split(',').map(|v| v.trim().to_owned()).collect();
    }
    let Some((_, rest)) = about.split_once("Possible values:\n") else {
        return Vec::new();
    };
    rest.lines()
        .filter_map(|line| line.strip_prefix("- "))
        .map(|line| line.split(':').next().unwrap_or(line).trim().to_owned())
        .collect()
}

#[test]
fn what_is_not_there_is_found() {
    let help = Help::ask();
    let faults = |line: &str| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        help.faults(&words).len()
    };
    assert_eq!(
        faults("check . --format json --fail-on=error --threads 2"),
        0
    );
    assert_eq!(faults("--version"), 0);
    assert_eq!(faults("chekc"), 1);
    assert_eq!(faults("check --no-such-flag"), 1);
    assert_eq!(faults("check --format=yaml --fail-on sometimes"), 2);
    assert_eq!(faults("check one two"), 1);
    assert_eq!(faults("check --config"), 1);
}
