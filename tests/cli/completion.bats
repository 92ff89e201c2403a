#!/usr/bin/env bats
# Completion for bash says what the program understands.
load lib/commpkg

# complete WORD...: what bash would offer for the last one
complete_words()
{
	bash -c '
		source <(commpkg completion)
		COMP_WORDS=(commpkg "$@")
		COMP_CWORD=$#
		_commpkg
		printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}

@test "verbs are completed, before and after options" {
	[ "$(complete_words inst)" = install ]
	[ "$(complete_words -y unins)" = uninstall ]
	[ "$(complete_words '' | sort -u | wc -l)" -gt 8 ]
}

@test "options are those of the verb" {
	[ "$(complete_words uninstall --autor)" = --autoremove ]
	[ -z "$(complete_words verify --autor)" ]
}

@test "every verb of --help is offered" {
	# The verbs are listed with two blanks before them, under their heading.
	commpkg --help | sed -nE 's/^  ([a-z]+)  .*/\1/p' >verbs
	[ -s verbs ]
	while read -r verb; do
		complete_words "$verb" | grep -qx "$verb"
	done <verbs
}
