//! What a person sees of what is written to a terminal: the files that draw, compiled here,
//! with an emulator of a terminal. Beside them it would be built for the quick start.

#[allow(dead_code)]
#[path = "../../src/terminal"]
mod terminal {
    pub(crate) mod bar;
    pub(crate) mod plain;
    pub(crate) mod size;
    pub(crate) mod style;
    pub(crate) mod width;

    #[path = "../../tests/terminal/bar.rs"]
    mod shown;
}

#[allow(dead_code)]
#[path = "../../src/screen"]
mod screen {
    pub(crate) mod canvas;
    pub(crate) mod painter;

    #[path = "../../tests/terminal/painter.rs"]
    mod shown;
}
