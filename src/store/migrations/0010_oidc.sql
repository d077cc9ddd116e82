-- Whom an identity provider signs in: by which name it goes (its issuer) and by which it knows them; none of
-- those who have a password here.
ALTER TABLE operator ADD COLUMN issuer TEXT;
ALTER TABLE operator ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX operator_subject ON operator (issuer, subject);
