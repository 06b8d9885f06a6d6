//! The commands of a shell script, as far as it takes to see which arguments a program is given.

/// The simple commands of a script, each as its words without quotes. What is substituted stays as
/// it is written (`$name`).
pub(crate) fn commands(script: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut characters = script.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                let word = word.get_or_insert_default();
                word.extend(characters.by_ref().take_while(|c| *c != '\''));
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(inner) = characters.next() {
                    match inner {
                        '"' => break,
                        '\\' => word.extend(characters.next()),
                        inner => word.push(inner),
                    }
                }
            }
            '\\' => match characters.next() {
                Some('\n') | None => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            '#' if word.is_none() => {
                for comment in characters.by_ref() {
                    if comment == '\n' {
                        commands.push(Vec::new());
                        break;
                    }
                }
            }
            '$' if characters.peek() == Some(&'{') => {
                let word = word.get_or_insert_default();
                word.push('$');
                let mut depth = 0;
                for inner in characters.by_ref() {
                    word.push(inner);
                    match inner {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '\n' | ';' | '|' | '&' | '(' | ')' | '<' | '>' => {
                last(&mut commands).extend(word.take());
                commands.push(Vec::new());
            }
            ' ' | '\t' => last(&mut commands).extend(word.take()),
            character => word.get_or_insert_default().push(character),
        }
    }
    last(&mut commands).extend(word);
    commands.retain(|command| !command.is_empty());
    commands
}

fn last(commands: &mut [Vec<String>]) -> &mut Vec<String> {
    commands.last_mut().expect("there is always one")
}

/// The words after the program's name, where a command runs it: by itself, by cargo, in a container.
pub(crate) fn arguments(command: &[String]) -> Option<&[String]> {
    let keyword = |word: &String| {
        matches!(
            word.as_str(),
            "if" | "then" | "else" | "do" | "!" | "{" | "$"
        )
    };
    let assignment = |word: &String| {
        let name = word.split('=').next().unwrap_or("");
        name.len() < word.len() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    let start = command
        .iter()
        .position(|word| !keyword(word) && !assignment(word))?;
    let command = &command[start..];
    let after = |found: Option<usize>| found.map(|at| &command[at + 1..]);
    match command[0].as_str() {
        "cargo" if command.get(1)? == "run" => after(command.iter().position(|word| word == "--")),
        "docker" if command.get(1)? == "run" => {
            after(command.iter().position(|word| word == "seaworthy"))
        }
        "seaworthy" | "$binary" | "$bin/seaworthy" => Some(&command[1..]),
        _ => None,
    }
}

#[test]
fn scripts_fall_apart_as_in_a_shell() {
    let script = "a=(${b[@]+\"${b[@]}\"}) c=1 seaworthy check --format=json \\\n  'x y' >\"$out file\" || status=$? # seaworthy no\n\
                  if ! docker run -v \"$PWD:/work\" seaworthy rules; then exit; fi";
    let found: Vec<Vec<String>> = commands(script)
        .iter()
        .filter_map(|command| arguments(command))
        .map(<[String]>::to_vec)
        .collect();
    assert_eq!(
        found,
        [vec!["check", "--format=json", "x y"], vec!["rules"]]
    );
}
