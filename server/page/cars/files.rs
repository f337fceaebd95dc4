// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-15f5f354c8c8c3f453b8_bg.wasm.gz", include_bytes!("files/cars-15f5f354c8c8c3f453b8_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-d47c84da41db64c5fc85.js.gz", include_bytes!("files/main-d47c84da41db64c5fc85.js.gz")),
    ("style-2dcf97388b3c5253780e.css.gz", include_bytes!("files/style-2dcf97388b3c5253780e.css.gz")),
]
