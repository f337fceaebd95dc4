// The page's files. Written by `client-web/build.sh`.
&[
    ("board-6ea3fd82b63c421edd29_bg.wasm.gz", include_bytes!("files/board-6ea3fd82b63c421edd29_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-d9130ccfa933629e8834.js.gz", include_bytes!("files/main-d9130ccfa933629e8834.js.gz")),
    ("small-5ad73006d625230ddaa6.js.gz", include_bytes!("files/small-5ad73006d625230ddaa6.js.gz")),
    ("small.html", include_bytes!("files/small.html")),
    ("style-4b814a3ab52c3d61a0ab.css.gz", include_bytes!("files/style-4b814a3ab52c3d61a0ab.css.gz")),
]
