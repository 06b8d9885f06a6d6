//! The tokens of a file before they are parsed, as the lexer of rustc gives them: it takes a twentieth
//! of the time of the parser, and does not recurse.

use super::ir::TextRange;
use crate::source::offset;
use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};

/// A token that is neither blank nor comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) range: TextRange,
}

impl Token {
    /// The text of the token.
    pub(super) fn text(self, file: &str) -> &str {
        file.get(self.range.start as usize..self.range.end as usize)
            .unwrap_or_default()
    }

    pub(super) fn opens(self) -> bool {
        use TokenKind::{OpenBrace, OpenBracket, OpenParen};
        matches!(self.kind, OpenBrace | OpenBracket | OpenParen)
    }

    pub(super) fn closes(self) -> bool {
        use TokenKind::{CloseBrace, CloseBracket, CloseParen};
        matches!(self.kind, CloseBrace | CloseBracket | CloseParen)
    }
}

/// The tokens of a file, and where it documents.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// All but blanks and comments.
    pub(super) all: Vec<Token>,
    /// The byte that makes documentation of each comment that documents: the third one.
    pub(super) docs: Vec<usize>,
}

/// The tokens of a file.
pub(super) fn tokens(text: &str) -> Tokens {
    let mut at = 0;
    let mut tokens = Tokens {
        all: Vec::with_capacity(text.len() / 6),
        docs: Vec::new(),
    };
    for token in tokenize(text, FrontmatterAllowed::No) {
        let start = at;
        at += token.len as usize;
        match token.kind {
            TokenKind::LineComment { doc_style } | TokenKind::BlockComment { doc_style, .. } => {
                tokens.docs.extend(doc_style.map(|_| start + 2));
            }
            TokenKind::Whitespace => {}
            kind => tokens.all.push(Token {
                kind,
                range: TextRange {
                    start: offset(start),
                    end: offset(at),
                },
            }),
        }
    }
    tokens
}
