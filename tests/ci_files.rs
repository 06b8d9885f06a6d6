//! The files for CI are in order, and every command line in them and in the documents is one that
//! the program takes.

mod common;
#[path = "ci_files/help.rs"]
mod help;
#[path = "ci_files/shell.rs"]
mod shell;
#[path = "ci_files/yaml.rs"]
mod yaml;

use common::{read, root};
use help::Help;
use serde_yaml::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use yaml::{fences, keys, mappings, scripts, words, yaml, yaml_file};

const ACTION: &str = "action.yml";
const HOOKS: &str = ".pre-commit-hooks.yaml";
const TEMPLATE: &str = "ci/gitlab.yml";
const WORKFLOWS: [&str; 2] = [".github/workflows/ci.yml", ".github/workflows/release.yml"];
const DOCUMENTS: [&str; 2] = ["README.md", "docs/ci.md"];

/// The calls of the program in a document: in its fences, and in the text where it is `code`.
fn calls_of_document(name: &str) -> Vec<Vec<String>> {
    let text = read(&root().join(name));
    let mut scripts_found = Vec::new();
    let mut prose = text.clone();
    for (language, inside) in fences(&text) {
        prose = prose.replace(&inside, "").replace("```", "");
        match language.as_str() {
            "console" => {
                let commands = inside.lines().filter_map(|line| line.strip_prefix("$ "));
                scripts_found.extend(commands.map(str::to_owned));
            }
            "sh" => scripts_found.push(inside),
            "groovy" => {
                let quoted = inside.split("'''").skip(1).step_by(2);
                scripts_found.extend(quoted.map(str::to_owned));
            }
            "yaml" => {
                for document in yaml(name, &inside) {
                    scripts_found.extend(scripts(&document));
                    scripts_found.extend(hook_arguments(&document));
                }
            }
            _ => {}
        }
    }
    let code = prose.split('`').skip(1).step_by(2);
    let code = code.filter(|code| code.starts_with("seaworthy "));
    scripts_found.extend(code.map(|code| code.replace('\n', " ")));
    calls(&scripts_found)
}

fn calls(scripts: &[String]) -> Vec<Vec<String>> {
    let commands = scripts.iter().flat_map(|script| shell::commands(script));
    commands
        .filter_map(|command| shell::arguments(&command).map(<[String]>::to_vec))
        .collect()
}

/// The arguments that a configuration of pre-commit gives to a hook of ours.
fn hook_arguments(value: &Value) -> Vec<String> {
    let hooks = mappings(value).into_iter();
    let ours = hooks.filter(|hook| {
        hook["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("seaworthy"))
    });
    ours.map(|hook| format!("seaworthy check {}", words(&hook["args"]).join(" ")))
        .collect()
}

/// The calls in scripts that collect the arguments of `check` in a list, or call it by a function.
fn calls_of_list(script: &str) -> Vec<Vec<String>> {
    let lists = shell::commands(script).into_iter().filter_map(|command| {
        let rest = match command[0].as_str() {
            "check" => &command[1..],
            "set" if command.get(1).is_some_and(|word| word == "--") => &command[2..],
            first if first.starts_with("--") => &command[..],
            _ => return None,
        };
        Some([&["check".to_owned()], rest].concat())
    });
    lists.chain(calls(&[script.to_owned()])).collect()
}

/// Fails where a call has a fault, naming all of them.
fn assert_known(calls: &[(&str, Vec<Vec<String>>)]) {
    let help = Help::ask();
    let mut faults = BTreeSet::new();
    for (name, calls) in calls {
        assert!(
            !calls.is_empty(),
            "{name} has no call; is the test still looking?"
        );
        for call in calls {
            for fault in help.faults(call) {
                faults.insert(format!("{name}: seaworthy {}: {fault}", call.join(" ")));
            }
        }
    }
    let faults: Vec<String> = faults.into_iter().collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_command_line_in_the_documents_is_one() {
    assert_known(&DOCUMENTS.map(|name| (name, calls_of_document(name))));
}

#[test]
fn every_command_line_in_the_files_is_one() {
    let check = "ci/github/check";
    let install = "ci/github/install";
    let of_scripts = |name: &'static str| {
        let documents = yaml_file(name);
        (name, documents.iter().flat_map(scripts).collect::<Vec<_>>())
    };
    let (_, template) = of_scripts(TEMPLATE);
    let [hooks, release] = [HOOKS, WORKFLOWS[1]].map(of_scripts);
    assert_known(&[
        (
            TEMPLATE,
            template
                .iter()
                .flat_map(|script| calls_of_list(script))
                .collect(),
        ),
        (check, calls_of_list(&read(&root().join(check)))),
        (install, calls(&[read(&root().join(install))])),
        (hooks.0, calls(&hooks.1)),
        (release.0, calls(&release.1)),
    ]);
}

#[test]
fn no_script_has_an_expression_in_it() {
    for name in [ACTION, WORKFLOWS[0], WORKFLOWS[1]] {
        for script in yaml_file(name).iter().flat_map(scripts) {
            assert!(!script.contains("${{"), "{name}: {script}");
        }
    }
    // Where the scripts of the action lie apart, each input must reach one.
    let action = &yaml_file(ACTION)[0];
    let steps = serde_yaml::to_string(&action["runs"]).expect("YAML");
    for input in keys(&action["inputs"]) {
        assert!(
            steps.contains(&format!("${{{{ inputs.{input} }}}}")),
            "{input}"
        );
    }
}

#[test]
fn documents_use_the_inputs_and_hooks_that_there_are() {
    let inputs = keys(&yaml_file(ACTION)[0]["inputs"]);
    let template = keys(&yaml_file(TEMPLATE)[0]["spec"]["inputs"]);
    let hooks = yaml_file(HOOKS);
    let hooks: BTreeSet<&str> = mappings(&hooks[0])
        .iter()
        .filter_map(|hook| hook["id"].as_str())
        .collect();
    let text = read(&root().join("docs/ci.md"));
    let (mut actions, mut includes, mut ids) = (0, 0, 0);
    for (_, fence) in fences(&text)
        .iter()
        .filter(|(language, _)| language == "yaml")
    {
        let documents = yaml("docs/ci.md", fence);
        for mapping in documents.iter().flat_map(mappings) {
            if mapping["uses"]
                .as_str()
                .is_some_and(|uses| uses.starts_with("OWNER/seaworthy@"))
            {
                actions += 1;
                let given = mapping.get("with").map(keys).unwrap_or_default();
                assert!(given.is_subset(&inputs), "{given:?}");
            }
            if mapping["file"] == TEMPLATE {
                includes += 1;
                let given = keys(&mapping["inputs"]);
                assert!(given.is_subset(&template), "{given:?}");
            }
            if let Some(id) = mapping["id"].as_str() {
                ids += 1;
                assert!(hooks.contains(id), "{id}");
            }
        }
    }
    assert!(actions >= 4 && includes >= 1 && ids >= 2);
    for input in inputs.iter().chain(&template) {
        assert!(
            text.contains(&format!("`{input}`")),
            "docs/ci.md does not explain {input}"
        );
    }
}

/// A script with the built program on its PATH, in an empty directory.
fn run(
    shell: &str,
    script: &Path,
    directory: &Path,
    variables: &[(&str, &str)],
) -> std::process::Output {
    let program = Path::new(env!("CARGO_BIN_EXE_seaworthy"));
    let programs = program.parent().expect("a directory").display();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new(shell)
        .arg("-e")
        .arg(script)
        .current_dir(directory)
        .env("PATH", format!("{programs}:{path}"))
        .env("SEAWORTHY_CACHE_DIR", "")
        .envs(variables.iter().copied())
        .output()
        .expect("the shell runs")
}

#[test]
fn the_action_reports_and_hands_the_status_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name).display().to_string();
    let (outputs, summary) = (at("outputs"), at("summary"));
    let bookstore = root().join("examples/bookstore").display().to_string();
    let variables = [
        ("RUNNER_TEMP", &*at("")),
        ("GITHUB_OUTPUT", &outputs),
        ("GITHUB_STEP_SUMMARY", &summary),
        ("CHECK_PATH", &bookstore),
    ];
    let output = run(
        "bash",
        &root().join("ci/github/check"),
        directory.path(),
        &variables,
    );
    assert!(output.status.success(), "{output:?}");
    let outputs = read(Path::new(&outputs));
    assert!(outputs.contains("status=1\n"), "{outputs}{output:?}");
    // Counted where `jq` is.
    assert!(!outputs.contains("errors=0\n"), "{outputs}");
    let sarif = outputs.lines().find_map(|line| line.strip_prefix("sarif="));
    let sarif = read(Path::new(sarif.expect("a SARIF file")));
    let sarif: serde_json::Value = serde_json::from_str(&sarif).expect("JSON");
    assert!(
        sarif["runs"][0]["results"]
            .as_array()
            .is_some_and(|results| results.len() > 3)
    );
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("::error"),
        "{output:?}"
    );
    assert!(read(Path::new(&summary)).contains("ack-before-work"));
}

#[test]
fn the_template_reports_and_fails_with_the_status() {
    let directory = tempfile::tempdir().expect("a directory");
    let bookstore = root().join("examples/bookstore").display().to_string();
    let script = scripts(&yaml_file(TEMPLATE)[1]).join("\n");
    let file = directory.path().join("script");
    std::fs::write(&file, script).expect("a file");
    let variables = [
        ("CHECK_PATH", &*bookstore),
        ("CHECK_ARGS", "--threads 2"),
        ("FAIL_ON", "error"),
        ("CONFIG", ""),
        ("BASELINE", ""),
        ("NEW_ONLY", "true"),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", ""),
        ("JUNIT", "true"),
    ];
    let output = run("sh", &file, directory.path(), &variables);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report = read(&directory.path().join("gl-code-quality-report.json"));
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert!(report.as_array().is_some_and(|findings| findings.len() > 3));
    assert!(read(&directory.path().join("seaworthy-junit.xml")).contains("ack-before-work"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("error[ack-before-work]"));
}
