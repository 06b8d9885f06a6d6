//! A look at the tokens before they are parsed: the parser recurses, the lexer does not.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Brackets within brackets.
const MAX_GROUP_DEPTH: usize = 500;
/// `<` within `<`, prefix operators, closures or `else` in one run: these nest without brackets.
const MAX_RUN: usize = 1_000;

/// Why these tokens nest too deeply to be parsed, if they do.
pub(super) fn too_deep(tokens: &TokenStream) -> Option<&'static str> {
    // The stack holds what is left of each open group.
    let mut open = vec![(tokens.clone().into_iter(), Run::default())];
    while let Some((level, run)) = open.last_mut() {
        match level.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) => {
                run.group(group.delimiter());
                if open.len() >= MAX_GROUP_DEPTH {
                    return Some("brackets nest more than 500 deep");
                }
                open.push((group.stream().into_iter(), Run::default()));
            }
            Some(TokenTree::Punct(punct)) => {
                run.punct(punct.as_char());
                if run.longest() > MAX_RUN {
                    return Some("more than 1000 nested operators or generic arguments");
                }
            }
            Some(TokenTree::Ident(ident)) => {
                run.prefixes = 0;
                if ident == "else" {
                    run.elses += 1;
                    if run.elses > MAX_RUN {
                        return Some("more than 1000 chained `else`");
                    }
                }
            }
            Some(TokenTree::Literal(_)) => run.prefixes = 0,
        }
    }
    None
}

#[derive(Default)]
struct Run {
    previous: Option<char>,
    angles: usize,
    prefixes: usize,
    bars: usize,
    elses: usize,
}

impl Run {
    fn group(&mut self, delimiter: Delimiter) {
        self.prefixes = 0;
        if delimiter == Delimiter::Brace {
            self.angles = 0;
            self.bars = 0;
        }
    }

    fn punct(&mut self, c: char) {
        match c {
            '<' => self.angles += 1,
            '>' if !matches!(self.previous, Some('-' | '=')) => {
                self.angles = self.angles.saturating_sub(1)
            }
            '!' | '&' | '*' | '-' => self.prefixes += 1,
            '|' => self.bars += 1,
            ';' | ',' => {
                self.bars = 0;
                if c == ';' {
                    *self = Self::default();
                }
            }
            _ => {}
        }
        self.previous = Some(c);
    }

    fn longest(&self) -> usize {
        self.angles.max(self.prefixes).max(self.bars / 2)
    }
}
