DELETE FROM wishes WHERE book = $1;
