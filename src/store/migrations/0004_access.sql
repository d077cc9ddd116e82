-- People who may sign in to the console. `password` is an Argon2 hash (PHC string), none until one is
-- chosen.
CREATE TABLE operator (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT,
    created_at BIGINT NOT NULL
);

-- Browsers that are signed in: `digest` is that of the token in their cookie, `mark` changes with the
-- operator's password.
CREATE TABLE console_session (
    digest TEXT PRIMARY KEY,
    operator TEXT NOT NULL,
    mark TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    address TEXT,
    browser TEXT
);

-- Programs that may use the API: `digest` is that of their token.
CREATE TABLE api_token (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    used_at BIGINT
);

-- Links that sign an operator in once.
CREATE TABLE sign_in_link (
    digest TEXT PRIMARY KEY,
    operator TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Who did what: `was` and `became` say it of what was changed, without secrets.
CREATE TABLE audit (
    id BIGINT PRIMARY KEY,
    actor TEXT NOT NULL,
    via TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    was TEXT,
    became TEXT,
    address TEXT
);
