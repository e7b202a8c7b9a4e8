//! Words about code of a test: where an item stands, what types it has.

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;

/// A future that stays on its thread.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Where and under what name an item was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The module, as `module_path!()` says it.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The first line of its documentation, or nothing.
    pub doc: &'static str,
}

impl Meta {
    /// `module::path:name`, as mite shows it.
    pub fn display(&self) -> String {
        format!("{}:{}", self.module, self.name.strip_prefix("r#").unwrap_or(self.name))
    }
}

/// A type, for comparison and for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeOf {
    /// For comparison.
    pub id: TypeId,
    /// For people.
    pub name: &'static str,
}

impl TypeOf {
    /// The type `T`.
    pub fn of<T: 'static>() -> Self {
        Self { id: TypeId::of::<T>(), name: std::any::type_name::<T>() }
    }

    /// Its name without the paths in it: `Vec<String>`.
    pub fn short(&self) -> String {
        short(self.name)
    }

    /// Whether it is the type `T`.
    pub fn is<T: 'static>(&self) -> bool {
        self.id == TypeId::of::<T>()
    }
}

pub(crate) fn short(name: &str) -> String {
    // A type that is defined inside one.
    let name = name.replace("{{closure}}::", "");
    let mut out = String::new();
    let mut part = String::new();
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ':' if rest.peek() == Some(&':') => {
                rest.next();
                part.clear();
            }
            c if c.is_alphanumeric() || c == '_' => part.push(c),
            c => {
                out.push_str(&std::mem::take(&mut part));
                out.push(c);
            }
        }
    }
    out + &part
}

/// One parameter of a journey.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: fn() -> TypeOf,
}

/// The `TypeId` of a function's own type. Used by generated code.
pub fn function_id<F: 'static>(_: F) -> TypeId {
    TypeId::of::<F>()
}
