# shellcheck shell=bash
# Every part of the installer, for the program whose place is in SOURCE.

# shellcheck source=install/say.sh
. "$SOURCE/install/say.sh"
# shellcheck source=install/files.sh
. "$SOURCE/install/files.sh"
# shellcheck source=install/system.sh
. "$SOURCE/install/system.sh"
# shellcheck source=install/program.sh
. "$SOURCE/install/program.sh"
# shellcheck source=install/account.sh
. "$SOURCE/install/account.sh"
# shellcheck source=install/broker.sh
. "$SOURCE/install/broker.sh"
# shellcheck source=install/asked.sh
. "$SOURCE/install/asked.sh"
# shellcheck source=install/users.sh
. "$SOURCE/install/users.sh"
# shellcheck source=install/upgrade.sh
. "$SOURCE/install/upgrade.sh"
# shellcheck source=install/remove.sh
. "$SOURCE/install/remove.sh"
