/* Counts the lines of its input: the one program of the demonstration that is compiled. */
#include <stdio.h>

int main(void)
{
	unsigned long lines = 0;
	int c;

	while ((c = getchar()) != EOF)
		lines += c == '\n';
	printf("%lu messages\n", lines);
	return 0;
}
