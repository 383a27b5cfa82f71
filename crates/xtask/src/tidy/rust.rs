//! As much understanding of Rust source as the rules need: where code is, and where functions begin and end.

/// A function with a body.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    /// The line of the word `fn`, counted from 1.
    pub(super) line: usize,
    /// From the word `fn` to the brace that opens the body.
    pub(super) signature: &'a str,
    /// Lines of code from the word `fn` to the closing brace; empty lines and comments are not counted.
    pub(super) code_lines: usize,
}

/// Whether the file at `path` is Rust source of the program, not of its tests.
pub(super) fn is_production(path: &str) -> bool {
    path.ends_with(".rs") && !path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// `source` without the module of tests at its end.
pub(super) fn without_tests(source: &str) -> &str {
    source.split_once("\n#[cfg(test)]\nmod tests {").map_or(source, |(production, _tests)| production)
}

/// `source` with comments as spaces and each character of a literal as `"`. Lines keep their numbers.
pub(super) fn code_only(source: &str) -> String {
    let mut code = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (len, fill) = match (comment_len(rest), literal_len(rest)) {
            (Some(len), _) => (len, ' '),
            (None, Some(len)) => (len, '"'),
            (None, None) => {
                code.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        let (hidden, after) = rest.split_at(len);
        code.extend(hidden.chars().map(|c| if c == '\n' { c } else { fill }));
        rest = after;
    }
    code
}

/// The functions with a body in `code`, which is the result of [`code_only`].
pub(super) fn functions(code: &str) -> Vec<Function<'_>> {
    let starts = code.match_indices("fn ").map(|(start, _)| start);
    let starts = starts.filter(|&start| code[..start].chars().next_back().is_none_or(char::is_whitespace));
    starts.filter_map(|start| function(code, start)).collect()
}

/// The names of the modules that `code`, which is the result of [`code_only`], declares in other files, in order.
pub(super) fn declared_modules(code: &str) -> Vec<&str> {
    let words: Vec<&str> = code.split_whitespace().collect();
    let pairs = words.windows(2).filter(|pair| pair[0] == "mod");
    pairs.filter_map(|pair| pair[1].strip_suffix(';')).collect()
}

/// The function whose word `fn` is at `start`; nothing for one without a name or a body.
fn function(code: &str, start: usize) -> Option<Function<'_>> {
    let text = &code[start..];
    let after = text.strip_prefix("fn")?.trim_start();
    let name = &after[..after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())];
    let open = body_start(text)?;
    if name.is_empty() {
        return None;
    }
    let body = &text[..body_end(text, open)];
    Some(Function {
        name,
        line: code[..start].matches('\n').count() + 1,
        signature: &text[..open],
        code_lines: body.lines().filter(|line| !line.trim().is_empty()).count(),
    })
}

/// Where the body of the function opens; nothing if it ends with a semicolon.
fn body_start(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '{' if depth == 0 => return Some(index),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Just behind the brace that closes the one at `open`.
fn body_end(text: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, c) in text[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + index + 1;
        }
    }
    text.len()
}

/// How many bytes the comment takes with which `rest` begins.
fn comment_len(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    let mut inner = rest.strip_prefix("/*")?;
    let mut depth = 1_usize;
    while depth > 0 {
        let mark = inner.find("/*").into_iter().chain(inner.find("*/")).min();
        let Some(mark) = mark else { return Some(rest.len()) };
        depth = if inner[mark..].starts_with("/*") { depth + 1 } else { depth - 1 };
        inner = &inner[mark + 2..];
    }
    Some(rest.len() - inner.len())
}

/// How many bytes the string or character takes with which `rest` begins. A lifetime is not a character.
fn literal_len(rest: &str) -> Option<usize> {
    if rest.starts_with('"') {
        return Some(quoted_len(rest, '"'));
    }
    if let Some(inner) = rest.strip_prefix('\'') {
        let mut chars = inner.chars();
        let is_char = chars.next()? == '\\' || chars.next()? == '\'';
        return is_char.then(|| quoted_len(rest, '\''));
    }
    let fence = rest.strip_prefix('r')?;
    let hashes = fence.len() - fence.trim_start_matches('#').len();
    let inner = fence[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", &fence[..hashes]);
    let end = inner.find(&close).map_or(inner.len(), |index| index + close.len());
    Some(rest.len() - inner.len() + end)
}

/// The length up to and with the closing `quote`; a backslash hides the character behind it.
fn quoted_len(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return index + quote.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_comments_and_literals() {
        let rows = [
            ("a // { b\nc", "a       \nc"),
            ("a /* { /* } */ */ b", "a                 b"),
            (r#"f("{", 'x', b'\'')"#, "f(___, ___, b____)"),
            (r##"r#"{ " }"# + r"\" + x"##, "__________ + ____ + x"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            (r"r#fn + '\u{7d}'", "r#fn + ________"),
            (r#""a\"}" }"#, "______ }"),
            ("\"a\n{\"", "__\n__"),
        ];
        for (source, code) in rows {
            assert_eq!(code_only(source).replace('"', "_"), code, "{source}");
        }
    }

    #[test]
    fn finds_functions_and_their_length() {
        let source = "trait T {\n    fn none(x: [u8; 2]);\n}\n\npub fn one(f: fn(u8) -> u8) -> u8 {\n\n    // not counted {\n    f('}')\n}\n";
        let code = code_only(source);
        let found = functions(&code);
        let [one] = found.as_slice() else { panic!("one function has a body") };
        assert_eq!((one.name, one.line, one.code_lines), ("one", 5, 3));
        assert!(one.signature.ends_with("-> u8 "), "{}", one.signature);
    }

    #[test]
    fn tells_production_from_tests() {
        assert!(is_production("crates/a/src/lib.rs"));
        for path in ["crates/a/tests/x.rs", "crates/a/src/m/tests.rs", "crates/a/src/m/tests/x.rs", "README.md"] {
            assert!(!is_production(path), "{path}");
        }
        assert_eq!(without_tests("fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), "fn a() {}\n");
    }

    #[test]
    fn lists_declared_modules() {
        let source = "pub mod a;\n#[cfg(test)] mod b;\n// mod c;\nmod inline { }\n";
        assert_eq!(declared_modules(&code_only(source)), ["a", "b"]);
    }
}
