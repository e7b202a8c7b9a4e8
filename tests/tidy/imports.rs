//! Who imports whom, among the files of a crate: read from its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, File, Item, ItemMod, ItemUse, UseTree, Visibility};

/// The files of a crate by module path: `["pool", "rows"]` for `pool/rows/mod.rs`,
/// nothing for the root.
pub(crate) struct Crate {
    files: BTreeMap<Module, Source>,
    /// Macros that are named from the root, and the modules that define them.
    macros: BTreeMap<String, Module>,
}

pub(crate) type Module = Vec<String>;

struct Source {
    path: PathBuf,
    /// Names that a file hands on, and what they stand for.
    handed_on: BTreeMap<String, Vec<String>>,
    /// Everything it names, as paths from the root.
    named: BTreeSet<Vec<String>>,
}

impl Crate {
    /// Reads all files below `src` that are compiled outside tests.
    pub(crate) fn read(src: &Path) -> Self {
        let mut krate = Self { files: BTreeMap::new(), macros: BTreeMap::new() };
        let library = src.join("lib.rs");
        let root = if library.exists() { library } else { src.join("main.rs") };
        krate.read_file(&root, Vec::new());
        krate
    }

    fn read_file(&mut self, path: &Path, module: Module) {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file: File =
            syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut reader = Reader {
            source: Source {
                path: path.to_owned(),
                handed_on: BTreeMap::new(),
                named: BTreeSet::new(),
            },
            inside: module.clone(),
            children: children(&file.items),
            macros: Vec::new(),
        };
        reader.visit_file(&file);
        let Reader { source, children, macros, .. } = reader;
        self.macros.extend(macros.into_iter().map(|name| (name, module.clone())));
        self.files.insert(module.clone(), source);
        let stem = path.file_stem().expect("it is a file");
        let folder = path.parent().expect("it is in a folder");
        let folder = match stem == "mod" || stem == "lib" || stem == "main" {
            true => folder.to_owned(),
            false => folder.join(stem),
        };
        for child in children {
            let mut below = module.clone();
            below.push(child.clone());
            let flat = folder.join(format!("{child}.rs"));
            let path = if flat.is_file() { flat } else { folder.join(&child).join("mod.rs") };
            self.read_file(&path, below);
        }
    }

    /// Each file with the files that it imports.
    pub(crate) fn edges(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let mut edges = BTreeMap::new();
        for (module, source) in &self.files {
            let targets = source.named.iter().map(|path| self.resolve(path, 0));
            let targets = targets.filter(|target| target != module && !target.is_empty());
            edges.insert(module.clone(), targets.collect());
        }
        edges
    }

    /// The file that defines what a path names.
    fn resolve(&self, path: &[String], depth: usize) -> Module {
        let mut module = Module::new();
        for (at, segment) in path.iter().enumerate() {
            module.push(segment.clone());
            if self.files.contains_key(&module) {
                continue;
            }
            module.pop();
            if module.is_empty()
                && let Some(defined) = self.macros.get(segment)
            {
                return defined.clone();
            }
            let handed_on = self.files.get(&module).and_then(|s| s.handed_on.get(segment));
            if let Some(target) = handed_on.filter(|_| depth < 10) {
                let mut target = target.clone();
                target.extend_from_slice(&path[at + 1..]);
                return self.resolve(&target, depth + 1);
            }
            break;
        }
        module
    }

    /// A file's place.
    pub(crate) fn path(&self, module: &Module) -> &Path {
        &self.files[module].path
    }
}

/// Modules with a file of their own, outside tests.
fn children(items: &[Item]) -> Vec<String> {
    let modules = items.iter().filter_map(|item| match item {
        Item::Mod(ItemMod { content: None, ident, attrs, .. }) if !is_test(attrs) => {
            Some(ident.to_string())
        }
        _ => None,
    });
    modules.collect()
}

fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|a| {
        let words = || quote::ToTokens::to_token_stream(&a.meta).to_string();
        a.path().is_ident("test") || (a.path().is_ident("cfg") && words() == "cfg (test)")
    })
}

struct Reader {
    source: Source,
    inside: Module,
    children: Vec<String>,
    macros: Vec<String>,
}

impl Reader {
    /// A path from the root; `None` if it leads out of the crate.
    fn rooted(&self, path: &[String]) -> Option<Vec<String>> {
        let mut absolute = self.inside.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => absolute.clear(),
            "self" => {}
            "super" => {
                while rest.first().is_some_and(|s| s == "super") {
                    absolute.pop();
                    rest = &rest[1..];
                }
                absolute.extend_from_slice(rest);
                return Some(absolute);
            }
            first if self.children.iter().any(|child| child == first) => {
                absolute.extend_from_slice(rest);
                return Some(absolute);
            }
            _ => return None,
        }
        absolute.extend_from_slice(&rest[1..]);
        Some(absolute)
    }

    fn imported(&mut self, tree: &UseTree, before: &mut Vec<String>, hands_on: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.imported(&path.tree, before, hands_on);
                before.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.imported(tree, before, hands_on);
                }
            }
            UseTree::Glob(_) => self.name(before.clone(), None),
            UseTree::Name(name) if name.ident == "self" => self.name(before.clone(), None),
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                let path = [before.as_slice(), std::slice::from_ref(&name)].concat();
                self.name(path, hands_on.then_some(name));
            }
            UseTree::Rename(rename) => {
                let path = [before.as_slice(), &[rename.ident.to_string()]].concat();
                self.name(path, hands_on.then(|| rename.rename.to_string()));
            }
        }
    }

    fn name(&mut self, path: Vec<String>, handed_on_as: Option<String>) {
        let Some(path) = self.rooted(&path) else { return };
        match handed_on_as {
            Some(name) => drop(self.source.handed_on.insert(name, path)),
            None => drop(self.source.named.insert(path)),
        }
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a Item) {
        let attrs = match item {
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attrs) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'a ItemMod) {
        if module.content.is_some() {
            self.inside.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.inside.pop();
        }
    }

    fn visit_item_macro(&mut self, item: &'a syn::ItemMacro) {
        let exported = item.attrs.iter().any(|a| a.path().is_ident("macro_export"));
        if let Some(name) = item.ident.as_ref().filter(|_| exported) {
            self.macros.push(name.to_string());
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let hands_on = !matches!(item.vis, Visibility::Inherited);
        self.imported(&item.tree, &mut Vec::new(), hands_on);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if names.len() > 1 {
            self.name(names, None);
        }
        visit::visit_path(self, path);
    }
}
