UPDATE `é` SET "🚀" = 'x''y' || $é$ z $é$ WHERE [a] = ? -- é
/* /* */