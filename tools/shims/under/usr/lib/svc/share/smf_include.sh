#!/bin/sh
# What start methods include: exit codes, and that no services are managed here.
# shellcheck disable=SC2034	# for who includes it
SMF_EXIT_OK=0 SMF_EXIT_NODAEMON=94 SMF_EXIT_ERR_FATAL=95 SMF_EXIT_ERR_CONFIG=96
# shellcheck disable=SC2034
SMF_EXIT_MON_DEGRADE=97 SMF_EXIT_MON_OFFLINE=98 SMF_EXIT_ERR_NOSMF=99 SMF_EXIT_ERR_PERM=100
smf_present()
{
	return 1
}
smf_is_globalzone()
{
	return 0
}
smf_is_nonglobalzone()
{
	return 1
}
