// The page's files. Written by `client-web/build.sh`.
&[
    ("cars-212a3783dc96ef569fc3_bg.wasm.gz", include_bytes!("files/cars-212a3783dc96ef569fc3_bg.wasm.gz")),
    ("index.html", include_bytes!("files/index.html")),
    ("main-64586a521846e67c31e5.js.gz", include_bytes!("files/main-64586a521846e67c31e5.js.gz")),
    ("style-5457564ebe61e5a762e0.css.gz", include_bytes!("files/style-5457564ebe61e5a762e0.css.gz")),
]
