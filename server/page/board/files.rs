// The page's files. Written by `client-web/build.sh`.
&[
    ("board-95a798cf6ff79d3e87b1_bg.wasm.gz", include_bytes!("files/board-95a798cf6ff79d3e87b1_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-f0ad488bfd309c7148a7.js.gz", include_bytes!("files/main-f0ad488bfd309c7148a7.js.gz")),
    ("small-65aebf4b6020758adab2.js.gz", include_bytes!("files/small-65aebf4b6020758adab2.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
