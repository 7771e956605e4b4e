# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_eyelidctl_global_optspecs
    string join \n json h/help V/version
end

function __fish_eyelidctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_eyelidctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_eyelidctl_using_subcommand
    set -l cmd (__fish_eyelidctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -s V -l version -d 'Print version'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "status" -d 'What is happening, since when and why'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "pause" -d 'Stop recording at once'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "resume" -d 'End your pause'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "forget" -d 'Erase what was recorded in the last minutes, or in a range'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "consent" -d 'What you agreed to'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "rules" -d 'What is never recorded'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "confirm-clock" -d 'Confirm that the clock is right after it jumped'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "export" -d 'Write your recording, readable, into a folder (this is logged)'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "log" -d 'Who read, allowed or erased what, and when'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "verify" -d 'Check that every record opens'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "key" -d 'The key that opens your recording'
complete -c eyelidctl -n "__fish_eyelidctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand status" -l watch -d 'Go on printing whenever it changes'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand status" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand status" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand pause" -l until -d 'Until this time: 18:00 (today or tomorrow), "tomorrow" (06:00, at least 6 h away), or RFC 3339' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand pause" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand pause" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand resume" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand resume" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand forget" -l from -d 'From when, RFC 3339: 2026-11-24T09:00:00+01:00' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand forget" -l to -d 'Until when, RFC 3339' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand forget" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand forget" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and not __fish_seen_subcommand_from show grant withdraw help" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and not __fish_seen_subcommand_from show grant withdraw help" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and not __fish_seen_subcommand_from show grant withdraw help" -f -a "show" -d 'The consent in force'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and not __fish_seen_subcommand_from show grant withdraw help" -f -a "grant" -d 'Agree to recording. Shows what that means and asks for a typed word, on a terminal'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and not __fish_seen_subcommand_from show grant withdraw help" -f -a "withdraw" -d 'Withdraw: stops everything at once'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and not __fish_seen_subcommand_from show grant withdraw help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from grant" -l streams -d 'screen, keys:text or keys:activity, pointer, focus; separated by commas' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from grant" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from grant" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l erase -d 'Also erase everything recorded'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from withdraw" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from help" -f -a "show" -d 'The consent in force'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from help" -f -a "grant" -d 'Agree to recording. Shows what that means and asks for a typed word, on a terminal'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from help" -f -a "withdraw" -d 'Withdraw: stops everything at once'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand consent; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and not __fish_seen_subcommand_from list check help" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and not __fish_seen_subcommand_from list check help" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and not __fish_seen_subcommand_from list check help" -f -a "list" -d 'Categories and your own rules'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and not __fish_seen_subcommand_from list check help" -f -a "check" -d 'What the rules say of an app'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and not __fish_seen_subcommand_from list check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from list" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from check" -l exe -d 'Executable' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from check" -l class -d 'WM_CLASS' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from check" -l app-id -d 'Application id' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from check" -l title -d 'Title' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from check" -l url -d 'Address of the document in a browser' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from check" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "list" -d 'Categories and your own rules'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "check" -d 'What the rules say of an app'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand rules; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand confirm-clock" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand confirm-clock" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand export" -l from -d 'From when, RFC 3339: 2026-11-24T09:00:00+01:00' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand export" -l to -d 'Until when, RFC 3339' -r
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand export" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand export" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand log" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand log" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand verify" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand verify" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and not __fish_seen_subcommand_from status replace passphrase recovery help" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and not __fish_seen_subcommand_from status replace passphrase recovery help" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and not __fish_seen_subcommand_from status replace passphrase recovery help" -f -a "status" -d 'How it is kept'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and not __fish_seen_subcommand_from status replace passphrase recovery help" -f -a "replace" -d 'Replace it, so that what you deleted is gone. Eyelid does so by itself, except under a passphrase'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and not __fish_seen_subcommand_from status replace passphrase recovery help" -f -a "passphrase" -d 'A passphrase on top of the keyring'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and not __fish_seen_subcommand_from status replace passphrase recovery help" -f -a "recovery" -d 'A key on paper, for when the keyring or the passphrase is lost'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and not __fish_seen_subcommand_from status replace passphrase recovery help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from status" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from replace" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from replace" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from passphrase" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from passphrase" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from passphrase" -f -a "set" -d 'Put the key under a passphrase, or under another one. Asks for it on a terminal'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from passphrase" -f -a "remove" -d 'Take the key out of its passphrase. Asks for it on a terminal'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from passphrase" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from recovery" -l json -d 'Print JSON'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from recovery" -s h -l help -d 'Print help'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from recovery" -f -a "new" -d 'Make one and show it once, on a terminal; nothing is recorded meanwhile. It voids the one before'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from recovery" -f -a "use" -d 'Put the key back into the keyring, under no passphrase. Asks for the recovery key on a terminal'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from recovery" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "status" -d 'How it is kept'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "replace" -d 'Replace it, so that what you deleted is gone. Eyelid does so by itself, except under a passphrase'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "passphrase" -d 'A passphrase on top of the keyring'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "recovery" -d 'A key on paper, for when the keyring or the passphrase is lost'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "status" -d 'What is happening, since when and why'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "pause" -d 'Stop recording at once'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "resume" -d 'End your pause'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "forget" -d 'Erase what was recorded in the last minutes, or in a range'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "consent" -d 'What you agreed to'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "rules" -d 'What is never recorded'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "confirm-clock" -d 'Confirm that the clock is right after it jumped'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "export" -d 'Write your recording, readable, into a folder (this is logged)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "log" -d 'Who read, allowed or erased what, and when'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "verify" -d 'Check that every record opens'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "key" -d 'The key that opens your recording'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and not __fish_seen_subcommand_from status pause resume forget consent rules confirm-clock export log verify key help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from consent" -f -a "show" -d 'The consent in force'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from consent" -f -a "grant" -d 'Agree to recording. Shows what that means and asks for a typed word, on a terminal'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from consent" -f -a "withdraw" -d 'Withdraw: stops everything at once'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "list" -d 'Categories and your own rules'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from rules" -f -a "check" -d 'What the rules say of an app'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "status" -d 'How it is kept'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "replace" -d 'Replace it, so that what you deleted is gone. Eyelid does so by itself, except under a passphrase'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "passphrase" -d 'A passphrase on top of the keyring'
complete -c eyelidctl -n "__fish_eyelidctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "recovery" -d 'A key on paper, for when the keyring or the passphrase is lost'
