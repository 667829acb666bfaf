# Turns the targets of the tests' makefile into scripts, since there need be no make where they run.
cd test
sed 's/^@.*@$//; s/@PATH_SEPARATOR@/:/; s/@[A-Za-z_]*@//g' Makefile.in >makefile.plain
# One test reads it.
cp makefile.plain Makefile
# What these variables hold: tests of awk, of gawk's extensions to it, and in locales.
printf '\nunits-to-run:\n\t@echo $(BASIC_TESTS) $(UNIX_TESTS) $(GAWK_EXT_TESTS) $(LOCALE_CHARSET_TESTS)\n' >>makefile.plain
mkdir recipes
make -s -f makefile.plain SHELL=/bin/sh units-to-run >units
for unit in $(cat units); do
    make -n -s -f makefile.plain SHELL=/bin/sh srcdir=. abs_srcdir=. top_srcdir=.. abs_builddir=. AWKPROG='$$PROGRAM' CMP=cmp "$unit" >"recipes/$unit"
done
# Scripts that run the program run the one that is tested.
sed -i 's|"\./$PROGRAM"|"$PROGRAM"|' recipes/*
sed -i 's|\.\./gawk|${AWK:-gawk}|; s|^\([ 	]*\)\$AWK |\1${AWK:-gawk} |' fflush.sh rtlen.sh
