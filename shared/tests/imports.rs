//! Imports: the names by which the files of a crate use each other, read without a compiler.
//!
//! An import is a `use`, or a path in the code that starts at `crate`, `super`, `self` or a module declared
//! in the same file. What a folder's `mod.rs` passes on of its own files (`pub use`) is its face: whoever
//! asks for a name there imports it from the file that defines it, and the `mod.rs` imports nothing. What is
//! compiled for tests alone is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::vec::IntoIter;

/// `from` imports `name`, which `to` defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: PathBuf,
    pub to: PathBuf,
    pub name: String,
}

/// Every import from one file of a crate by another. `root` is the crate's `lib.rs` or `main.rs`.
pub fn imports_of_crate(root: &Path) -> BTreeSet<Import> {
    let mut tree = Tree::default();
    tree.read_file(root, root.parent().expect("a root lies in a folder").into(), None);
    tree.imports()
}

#[derive(Default)]
struct Tree {
    modules: Vec<Module>,
}

struct Module {
    file: PathBuf,
    /// The folder of the modules that it declares.
    folder: PathBuf,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    /// Names that a `use` binds here. One name may be a type and a macro, of two places.
    bound: BTreeMap<String, Vec<Vec<String>>>,
    /// The paths of every `use`, and whether it passes on what it names.
    uses: Vec<(Vec<String>, bool)>,
    /// Paths in the code.
    paths: BTreeSet<Vec<String>>,
}

type Tokens = Peekable<IntoIter<String>>;

impl Tree {
    fn read_file(&mut self, file: &Path, folder: PathBuf, parent: Option<usize>) -> usize {
        let text = fs::read_to_string(file).unwrap_or_else(|_| panic!("{} should be readable", file.display()));
        let mut tokens = tokens(&text).into_iter().peekable();
        self.read_module(file, folder, parent, &mut tokens)
    }

    /// Reads up to the brace that closes the module, or to the end of its file.
    fn read_module(&mut self, file: &Path, folder: PathBuf, parent: Option<usize>, tokens: &mut Tokens) -> usize {
        let module = self.modules.len();
        self.modules.push(Module {
            file: file.into(),
            folder,
            parent,
            children: BTreeMap::new(),
            bound: BTreeMap::new(),
            uses: Vec::new(),
            paths: BTreeSet::new(),
        });
        let (mut depth, mut is_public, mut before) = (0, false, String::new());
        while let Some(token) = tokens.next() {
            match token.as_str() {
                "#" if is_for_tests_alone(tokens) => skip_item(tokens),
                "pub" => {
                    is_public = true;
                    skip_group(tokens, "(");
                    continue;
                }
                "use" => self.read_use(module, is_public, tokens),
                "mod" => self.read_declared(module, tokens),
                "{" => depth += 1,
                "}" if depth == 0 => break,
                "}" => depth -= 1,
                word if before != "::" && is_word(word) => {
                    let mut path = vec![word.to_string()];
                    while tokens.next_if_eq("::").is_some() {
                        path.extend(tokens.next_if(|token| is_word(token)));
                    }
                    if path.len() > 1 {
                        self.modules[module].paths.insert(path);
                    }
                }
                _ => {}
            }
            (is_public, before) = (false, token);
        }
        module
    }

    fn read_declared(&mut self, parent: usize, tokens: &mut Tokens) {
        let name = tokens.next().expect("a module has a name");
        let inner = self.modules[parent].folder.join(&name);
        let child = if tokens.next().as_deref() == Some("{") {
            let file = self.modules[parent].file.clone();
            self.read_module(&file, inner, Some(parent), tokens)
        } else {
            let beside = inner.with_extension("rs");
            let file = if beside.exists() { beside } else { inner.join("mod.rs") };
            self.read_file(&file, inner, Some(parent))
        };
        self.modules[parent].children.insert(name, child);
    }

    fn read_use(&mut self, module: usize, is_public: bool, tokens: &mut Tokens) {
        let mut found = Vec::new();
        read_use_tree(&[], tokens, &mut found);
        for (path, name) in found {
            self.modules[module].uses.push((path.clone(), is_public));
            self.modules[module].bound.entry(name).or_default().push(path);
        }
    }

    /// The modules in which what `path` means, said in `module`, is defined; none for what is not of this crate.
    fn resolve(&self, module: usize, path: &[String], depth: usize) -> Vec<usize> {
        let mut at = module;
        let mut rest = path;
        while let Some((first, more)) = rest.split_first() {
            at = match first.as_str() {
                "crate" => 0,
                "self" => at,
                "super" => self.modules[at].parent.unwrap_or(at),
                _ => break,
            };
            rest = more;
        }
        while let Some((first, more)) = rest.split_first() {
            let here = &self.modules[at];
            if let Some(&child) = here.children.get(first) {
                (at, rest) = (child, more);
                continue;
            }
            if let Some(bound) = here.bound.get(first).filter(|_| depth < 8) {
                let further = |path: &Vec<String>| self.resolve(at, &[path, more].concat(), depth + 1);
                return bound.iter().filter(|bound| *bound != path).flat_map(further).collect();
            }
            // An item of this very module, or a name from outside of the crate.
            return if is_anchor(&path[0]) || at != module { vec![at] } else { Vec::new() };
        }
        vec![at]
    }

    fn is_below(&self, module: usize, ancestor: usize) -> bool {
        self.modules[module].parent.is_some_and(|parent| parent == ancestor || self.is_below(parent, ancestor))
    }

    fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for (index, module) in self.modules.iter().enumerate() {
            let starts_here = |path: &&Vec<String>| is_anchor(&path[0]) || module.children.contains_key(&path[0]);
            let in_code = module.paths.iter().filter(starts_here).map(|path| (path, false));
            for (path, passes_on) in module.uses.iter().map(|(path, is_public)| (path, *is_public)).chain(in_code) {
                for target in self.resolve(index, path, 0) {
                    let to = &self.modules[target].file;
                    if *to != module.file && !(passes_on && self.is_below(target, index)) {
                        imports.insert(Import { from: module.file.clone(), to: to.clone(), name: path.join("::") });
                    }
                }
            }
        }
        imports
    }
}

/// Whether a path that begins so says by itself where it starts.
fn is_anchor(word: &str) -> bool {
    matches!(word, "crate" | "self" | "super")
}

/// Reads one tree of a `use` with what ends it, into paths and the names that they are bound to.
fn read_use_tree(before: &[String], tokens: &mut Tokens, found: &mut Vec<(Vec<String>, String)>) {
    let mut path = before.to_vec();
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "::" => {}
            "{" => {
                while tokens.next_if_eq("}").is_none() {
                    read_use_tree(&path, tokens, found);
                    tokens.next_if_eq(",");
                }
                tokens.next_if_eq(";");
                return;
            }
            "self" if !path.is_empty() => {}
            "as" => {
                let name = tokens.next().expect("it is bound to a name");
                tokens.next_if_eq(";");
                return found.push((path, name));
            }
            "*" => {}
            _ => path.push(token),
        }
        if tokens.next_if_eq(";").is_some() || matches!(tokens.peek().map(String::as_str), Some("," | "}") | None) {
            break;
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    found.push((path, name));
}

/// Reads the rest of an attribute; true for `#[cfg(test)]`.
fn is_for_tests_alone(tokens: &mut Tokens) -> bool {
    tokens.next_if_eq("!");
    let mut attribute = Vec::new();
    let mut depth = 0;
    for token in tokens.by_ref() {
        depth += i32::from(token == "[") - i32::from(token == "]");
        attribute.push(token);
        if depth == 0 {
            break;
        }
    }
    attribute == ["[", "cfg", "(", "test", ")", "]"]
}

/// Skips the item after an attribute: to its closing brace, or to the semicolon where it has none.
fn skip_item(tokens: &mut Tokens) {
    let mut depth = 0;
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "#" if depth == 0 => {
                is_for_tests_alone(tokens);
            }
            "{" | "(" | "[" => depth += 1,
            "}" if depth == 1 => return,
            "}" | ")" | "]" => depth -= 1,
            ";" if depth == 0 => return,
            _ => {}
        }
    }
}

fn skip_group(tokens: &mut Tokens, opening: &str) {
    if tokens.next_if_eq(opening).is_some() {
        tokens.by_ref().find(|token| token == ")");
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single signs; no comments, no literals.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            string_length(rest)
        } else if matches!(&rest[..word], "r" | "br") && rest[word..].starts_with(['"', '#']) {
            raw_string_length(rest)
        } else if first == '\'' {
            character_length(rest)
        } else if word > 0 {
            tokens.push(rest[..word].to_string());
            word
        } else if rest.starts_with("::") {
            tokens.push("::".to_string());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text[1..].find(|c: char| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

fn raw_string_length(text: &str) -> usize {
    let hashes = text.chars().skip_while(|c| c.is_alphabetic()).take_while(|c| *c == '#').count();
    let Some(start) = text.find('"') else { return text.len() };
    let closing = format!("\"{}", "#".repeat(hashes));
    text[start + 1..].find(&closing).map_or(text.len(), |end| start + 1 + end + closing.len())
}

/// A character with its quotes, or the quote alone of a lifetime.
fn character_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => text[3..].find('\'').map_or(text.len(), |end| end + 4),
        _ => chars.next().filter(|(_, c)| *c == '\'').map_or(1, |(at, _)| at + 1),
    }
}
